import { CommandFailure } from '#mesh/cli/command-failure.ts';

/** What `mesh up` does for one application of this suite. */
export interface App {
  /** The services alone, where the app's walkthrough begins. */
  readonly services: readonly string[];
  /** What brings it to the state that is worth a first look. */
  readonly start: readonly string[];
  /** How its first answer is got. */
  readonly first: FirstQuestion;
}

export type FirstQuestion =
  /** A path at the gateway's port; `title` shows a page's title instead of the page. */
  | { readonly path: string; readonly port: number; readonly show: 'all' | 'title' }
  /** A line of text, to which a server at the gateway's port answers. */
  | { readonly line: string; readonly port: number };

const istio = (app: string, names: readonly string[]) => names.map((name) => `istio/${app}/${name}.yaml`);

/**
 * The applications, by the name that `make up APP=` and `mesh up` take, in the order in which they are applied: the chain,
 * whose gateway takes every path, comes last. Paths are relative to the project.
 */
export const apps = {
  bookinfo: {
    services: ['k8s/bookinfo.yaml'],
    start: istio('bookinfo', ['bookinfo-gateway', 'destination-rule-all']),
    first: { path: '/productpage', port: 80, show: 'title' },
  },
  httpbin: {
    services: ['k8s/httpbin.yaml', 'k8s/load.yaml'],
    start: istio('httpbin', ['httpbin-gateway', 'destination-rule']),
    first: { path: '/status/200', port: 80, show: 'all' },
  },
  'tcp-echo': {
    services: ['k8s/tcp-echo.yaml'],
    start: istio('tcp-echo', ['tcp-echo-all-v1']),
    first: { line: 'hello', port: 31400 },
  },
  userapi: {
    services: ['k8s/redis.yaml', 'k8s/userapi.yaml'],
    start: istio('userapi', ['userapi-gateway', 'destination-rule', 'virtual-service-all-v1']),
    first: { path: '/users', port: 3001, show: 'all' },
  },
  chain: {
    services: ['k8s/chain.yaml'],
    start: istio('chain', ['ingress', 'egress', 'destinationrules', 'routing-3']),
    first: { path: '/', port: 80, show: 'all' },
  },
} as const satisfies Readonly<Record<string, App>>;

const EVERY = 'all';

/** The apps that words name, in the table's order; none is the chain. An unknown word is a mistake of the user. */
export function appsNamed(words: readonly string[]): readonly App[] {
  const table: ReadonlyMap<string, App> = new Map(Object.entries(apps));
  const unknown = words.find((word) => word !== EVERY && !table.has(word));
  if (unknown !== undefined) {
    const known = [...table.keys(), EVERY].join(', ');
    throw new CommandFailure(`error: there is no app "${unknown}"; choose of ${known}`);
  }
  if (words.length === 0) return [apps.chain];
  return [...table].filter(([name]) => words.includes(EVERY) || words.includes(name)).map(([, app]) => app);
}
