import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';
import { getLocal } from '#mesh/serve/get-local.ts';
import { html } from '#mesh/serve/html.ts';
import { type Asked, createHttpServer, type Refusal } from '#mesh/serve/http-server.ts';
import { notLocal } from '#mesh/serve/local-caller.ts';
import { baseStyle, contentSecurityPolicy, wholePage } from '#platform/page/page.ts';

/** The paths of an Envoy that may be read. None changes anything, and Envoy leaves private keys out of `config_dump`. */
const READABLE: ReadonlyMap<string, string> = new Map([
  ['/stats', 'all statistics (?filter=REGEX, ?usedonly)'],
  ['/stats/prometheus', "the same in Prometheus' format"],
  ['/clusters', 'where requests can go, and with what success'],
  ['/config_dump', 'the whole configuration'],
  ['/listeners', 'where it listens'],
  ['/certs', 'its certificates'],
  ['/ready', 'whether it is ready'],
  ['/server_info', 'its version and state'],
  ['/memory', 'its memory'],
  ['/runtime', 'its runtime values'],
  ['/help', 'what its admin interface has, most of which this page does not offer'],
]);

export interface AdministeredEnvoy {
  /** `pod.namespace` */
  readonly name: string;
  readonly admin: { readonly socketPath: string };
}

export interface AdminPagesOptions {
  /** Asked at each request, because pods come and go. */
  readonly envoys: () => readonly AdministeredEnvoy[];
  readonly onBug: (error: unknown) => void;
}

/**
 * One place to read the admin interfaces of all Envoys, which are at sockets that only their user reaches: who may ask an
 * Envoy everything may also end it. Here nothing can be changed, and no page of another site can read.
 */
export function createAdminPages({ envoys, onBug }: AdminPagesOptions): Server {
  return createHttpServer({
    onBug,
    refuse,
    async handle({ request, response, url }) {
      const refusal = notLocal(request.headers) ?? changing(request);
      if (refusal) return refuse(response, refusal);
      if (url.pathname === '/') return sendPage(response, 'The Envoys of this mesh', envoyLinks(envoys()));
      const [, path = '', rest = ''] = /^(\/envoy\/[^/]+\/[^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
      const envoy = envoys().find(({ name }) => pathOf(name) === path);
      if (!envoy)
        return refuse(response, {
          status: 404,
          message: `there is no Envoy at ${url.pathname}; / lists them`,
        });
      if (rest === '' || rest === '/') return sendPage(response, envoy.name, readableLinks(path));
      if (!READABLE.has(rest)) return refuse(response, unreadable(rest));
      return pass(response, { envoy, path: `${rest}${url.search}` });
    },
  });
}

/** Where the Envoy of a pod is: `/envoy/NAMESPACE/POD`. */
export function pathOf(name: string): string {
  const at = name.lastIndexOf('.');
  return `/envoy/${name.slice(at + 1)}/${name.slice(0, at)}`;
}

function changing({ method }: Asked['request']): Refusal | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  return { status: 405, message: `this page is for reading; ${HOW_TO_CHANGE}` };
}

function unreadable(path: string): Refusal {
  return {
    status: 404,
    message: `this page does not offer ${path}, only ${[...READABLE.keys()].join(', ')}; ${HOW_TO_CHANGE}`,
  };
}

const HOW_TO_CHANGE =
  'to change an Envoy, run `kubectl exec POD -c istio-proxy -- pilot-agent request POST PATH` in `make shell`';

interface Passed {
  readonly envoy: AdministeredEnvoy;
  readonly path: string;
}

async function pass(response: ServerResponse, { envoy, path }: Passed): Promise<void> {
  const { socketPath } = envoy.admin;
  const answer = await getLocal({ socketPath, path }).catch(() => undefined);
  if (!answer) {
    return refuse(response, {
      status: 503,
      message: `the Envoy of ${envoy.name} does not answer: it is starting or ending`,
    });
  }
  const isJson = answer.type.startsWith('application/json');
  send(response, {
    status: answer.status,
    type: isJson ? 'application/json' : 'text/plain',
    body: answer.text,
  });
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  send(response, { status, type: 'text/plain', body: `${message}\n` });
}

interface Link {
  readonly path: string;
  readonly text: string;
  readonly title: string;
}

function envoyLinks(envoys: readonly AdministeredEnvoy[]): Link[] {
  return envoys.map(({ name }) => ({ path: pathOf(name), text: name, title: '' }));
}

function readableLinks(path: string): Link[] {
  return [...READABLE].map(([rest, title]) => ({ path: path + rest, text: rest, title }));
}

function sendPage(response: ServerResponse, title: string, links: readonly Link[]): void {
  const items = links.map((link) => html`<li><a href="${link.path}">${link.text}</a> ${link.title}</li>\n`);
  const body = html`<header><h1>${title}</h1></header>
<main>
<section>
<ul>
${items}</ul>
</section>
</main>`.text;
  const page = wholePage({ title: html`${title}`.text, style: baseStyle, body });
  send(response, { status: 200, type: 'text/html', body: page, policy: PAGE_POLICY });
}

const PAGE_POLICY = contentSecurityPolicy({ styles: [baseStyle] });
const TEXT_POLICY = "default-src 'none'; frame-ancestors 'none'";

interface Sent {
  readonly status: number;
  readonly type: 'text/plain' | 'text/html' | 'application/json';
  readonly body: string;
  /** Its Content-Security-Policy. */
  readonly policy?: string;
}

/** Never sends an Envoy's text as HTML: a name in its configuration must not become a script. */
function send(response: ServerResponse, { status, type, body, policy = TEXT_POLICY }: Sent): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(body);
}

/** Envoy's admin port in a pod of Istio; a second mesh on the machine takes the next free one. */
const WANTED_PORT = 15_000;

/** Where people read what the Envoys say of themselves. */
export interface AdminPages {
  /** The page that lists them. */
  readonly url: string;
  /** The page of the Envoy of this name, `pod.namespace`. */
  urlOf(name: string): string;
  stop(): void;
}

interface ServeAdminPagesOptions extends AdminPagesOptions {
  readonly ports: Ports;
}

export async function serveAdminPages({ ports, ...options }: ServeAdminPagesOptions): Promise<AdminPages> {
  const port = await ports.leaseFrom(WANTED_PORT);
  const server = createAdminPages(options);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${port}`;
  return {
    url,
    urlOf: (name) => url + pathOf(name),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
