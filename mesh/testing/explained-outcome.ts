import { explain } from '#mesh/istiod/explain/explain.ts';
import type {
  ExplainedDestination,
  ExplainedEndpoint,
  Explanation,
} from '#mesh/istiod/explain/explanation.ts';
import { requestFor } from '#mesh/istiod/explain/request.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { entranceOf } from '#mesh/testing/callers.ts';
import type { Arrival, Destination, Outcome, Refusal } from '#mesh/testing/outcome.ts';
import { TestMistake } from '#mesh/testing/schema-issues.ts';
import type { TestRequest } from '#mesh/testing/test-file.ts';
import { unsignedToken } from '#mesh/testing/tokens.ts';

export interface AskOptions {
  readonly mesh: Mesh;
  /** Of callers that name none. */
  readonly namespace: string;
}

/** What would happen to a request. @throws TestMistake for a request that nobody could send. */
export function explainedOutcome(request: TestRequest, { mesh, namespace }: AskOptions): Outcome {
  const { proxy } = entranceOf(mesh, request, namespace);
  return outcomeOf(explainRequest(request, { mesh, namespace }), mesh, proxy.role === 'kube-proxy');
}

/** The way of a test's request. @throws TestMistake as above. */
export function explainRequest(request: TestRequest, { mesh, namespace }: AskOptions): Explanation {
  const { url, method, as } = request;
  if (!URL.canParse(url)) throw new TestMistake(`"${url}" is not a URL`, 'write `http://host:port/path`');
  const { proxy, namespace: from } = entranceOf(mesh, request, namespace);
  return explain({
    mesh,
    proxy,
    ...(from !== undefined && { namespace: from }),
    ...(as !== undefined && { identity: `spiffe://${as.replace(/^spiffe:\/\//, '')}` }),
    request: { ...requestFor(url, { method, headers: headersOf(request) }), trustsTokens: true },
  });
}

function headersOf({ headers, token }: TestRequest): Readonly<Record<string, string>> {
  return token ? { ...headers, authorization: `Bearer ${unsignedToken(token)}` } : headers;
}

/** An explanation as numbers: every workload answers 200, as nobody can know what it will really answer. */
function outcomeOf(explanation: Explanation, mesh: Mesh, isPlain: boolean): Outcome {
  const { answer, destinations, fault, timeout, retries, route, policy } = explanation;
  // Without sidecar nobody answers in place of who has hung up.
  const tally = new Tally(mesh, isPlain ? NO_ANSWER : 503);
  const aborted = abortOf(fault);
  if (answer) tally.answer(answer.status, 100, answer.why);
  if (aborted && !answer) tally.answer(aborted.status, aborted.percentage, 'the fault of the route');
  const rest = answer ? 0 : 100 - (aborted?.percentage ?? 0);
  for (const destination of destinations) tally.destination(destination, (destination.share * rest) / 100);
  if (policy) tally.policy(policy);
  const [received] = destinations.flatMap((destination) => destination.received ?? []);
  const origin = route?.origin;
  return {
    ...tally.result(),
    ...(answer?.location !== undefined && { location: answer.location }),
    // Tests name hosts without the port that was asked.
    ...(received && { received: { ...received, host: received.host.replace(/:\d+$/, '') } }),
    ...(retries && { retries }),
    ...(timeout !== undefined && { timeout: timeout === '0s' ? 'none' : timeout }),
    ...(origin !== undefined && { origin }),
    destinations: destinations.map(destinationOf),
  };
}

function abortOf(
  fault: Explanation['fault'],
): { readonly status: number; readonly percentage: number } | undefined {
  const status = Number(fault?.abort?.status);
  const percentage = fault?.abort?.percentage ?? 0;
  // A gRPC status comes in an answer of 200.
  return percentage > 0 ? { status: Number.isNaN(status) ? 200 : status, percentage } : undefined;
}

/** `outbound|9080|v2|reviews.default.svc.cluster.local` */
function destinationOf({ cluster, share }: ExplainedDestination): Destination {
  const [, port = '', subset = '', host = cluster] = cluster.split('|');
  return { host, port: Number(port), share, ...(subset !== '' && { subset }) };
}

/** In place of a status. */
const NO_ANSWER = 0;

/** Adds up where parts of the requests end. */
class Tally {
  readonly #mesh: Mesh;
  /** What a caller sees of a connection that is refused. */
  readonly #refused: number;
  readonly #arrivals = new Map<string, Arrival>();
  readonly #statuses = new Map<number, number>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #reasons = new Set<string>();
  readonly #policies = new Set<string>();

  constructor(mesh: Mesh, refused: number) {
    this.#mesh = mesh;
    this.#refused = refused;
  }

  answer(status: number, percent: number, why?: string): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + percent);
    if (why !== undefined) this.#reasons.add(why);
  }

  destination({ endpoints, problem, cluster }: ExplainedDestination, percent: number): void {
    if (percent === 0) return;
    if (problem) this.answer(problem.status ?? 503, percent, `${problem.flag} at ${cluster}: ${problem.why}`);
    // An outside host has no endpoint that anybody knows.
    else if (endpoints.length === 0) this.answer(200, percent);
    for (const endpoint of endpoints) this.#endpoint(endpoint, percent / endpoints.length);
  }

  #endpoint({ inbound, pod, address }: ExplainedEndpoint, percent: number): void {
    if (inbound?.policy) this.policy(inbound.policy);
    if (inbound && !inbound.accepted) {
      this.#refuse({ kind: 'PeerAuthentication', names: [], why: inbound.why });
      this.answer(this.#refused, percent);
    } else if (inbound?.policy?.allowed === false) {
      this.answer(inbound.policy.tokenStatus ?? 403, percent);
    } else {
      this.#arrive(pod ?? address, percent);
      this.answer(200, percent);
    }
  }

  policy({ allowed, why, by, tokenStatus }: NonNullable<Explanation['policy']>): void {
    const names = by.map(({ namespace, name }) => `${namespace}/${name}`);
    for (const name of names) this.#policies.add(name);
    const kind = tokenStatus ? 'RequestAuthentication' : 'AuthorizationPolicy';
    if (!allowed) this.#refuse({ kind, names, why });
  }

  #refuse(refusal: Refusal): void {
    this.#refusals.set(`${refusal.kind} ${refusal.why}`, refusal);
  }

  #arrive(podName: string, percent: number): void {
    const pod = podsByName(this.#mesh).get(podName);
    const workload = pod?.workload ?? podName;
    const version = pod?.labels['version'];
    const before = this.#arrivals.get(workload)?.percent ?? 0;
    this.#arrivals.set(workload, {
      workload,
      ...(version !== undefined && { version }),
      percent: before + percent,
    });
  }

  result(): Omit<Outcome, 'destinations'> {
    return {
      arrivals: [...this.#arrivals.values()],
      statuses: new Map([...this.#statuses].map(([status, percent]) => [status, exact(percent)])),
      refusals: [...this.#refusals.values()],
      reasons: [...this.#reasons],
      policies: [...this.#policies],
    };
  }
}

/** 33.3 three times is 100. */
function exact(percent: number): number {
  return Math.round(percent * 1e6) / 1e6;
}

const indexes = new WeakMap<Mesh, ReadonlyMap<string, Mesh['pods'][number]>>();

function podsByName(mesh: Mesh): ReadonlyMap<string, Mesh['pods'][number]> {
  const known =
    indexes.get(mesh) ?? new Map(mesh.pods.map((pod) => [`${pod.name}.${pod.namespace}`, pod] as const));
  indexes.set(mesh, known);
  return known;
}
