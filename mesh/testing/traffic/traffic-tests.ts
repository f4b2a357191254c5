import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import { spiffeId } from '#mesh/istiod/model/workload-identity.ts';
import { parseSamples, type Sample } from '#mesh/telemetry/metrics/exposition.ts';
import { type Entrance, entranceOf } from '#mesh/testing/callers.ts';
import { casesOf, judged, mistaken } from '#mesh/testing/explain-tests.ts';
import { explainedOutcome } from '#mesh/testing/explained-outcome.ts';
import type { ImaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import type { Outcome } from '#mesh/testing/outcome.ts';
import { TestMistake } from '#mesh/testing/schema-issues.ts';
import type { TestCase, TestSuite } from '#mesh/testing/test-case.ts';
import type { TestRequest, Token } from '#mesh/testing/test-file.ts';
import type { TestResult } from '#mesh/testing/test-result.ts';
import { arrivalsSince, countedSince } from '#mesh/testing/traffic/arrivals.ts';
import { isDenial, observedOutcome } from '#mesh/testing/traffic/observed-outcome.ts';
import { type Answer, type Door, sendRequest } from '#mesh/testing/traffic/send-request.ts';

/** A mesh that runs, as far as tests ask it. */
export interface TestedMesh {
  readonly model: Mesh;
  /** The metrics of all Envoys, as Prometheus reads them. */
  readonly metrics: () => Promise<string>;
  /** The local HTTP proxy of a pod's program. */
  readonly proxyOf: (pod: Pod) => Promise<number>;
  /** Signs a token that the mesh believes; absent: it believes none of ours. */
  readonly mint?: (token: Token) => Promise<string>;
}

/** So many requests tell shares apart that differ by a fifth. */
const SENT_FOR_SHARES = 100;
const COUNTED_WITHIN = 3_000;
/** If a connection was refused, nobody may have counted it. */
const REFUSED_WITHIN = 300;
const POLL = 50;

export interface TrafficOptions {
  readonly tested: TestedMesh;
  /** The mesh that the manifests describe; it knows what traffic does not show. */
  readonly imagined: ImaginaryMesh;
}

/** Sends every request of a file of tests, one after the other, and judges the results. */
export async function trafficTests(
  suite: TestSuite,
  options: TrafficOptions,
): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  for (const test of casesOf(suite, options.imagined)) {
    const start = performance.now();
    const named = { file: suite.file, test };
    const result = await outcomeOf(test, { ...options, namespace: suite.namespace }).then(
      (outcome) => judged(named, outcome),
      (error: unknown) => mistaken(named, error),
    );
    results.push({ ...result, milliseconds: performance.now() - start });
  }
  return results;
}

interface Asking extends TrafficOptions {
  readonly namespace: string;
}

async function outcomeOf(test: TestCase, { tested, imagined, namespace }: Asking): Promise<Outcome> {
  const { request, expect, repeat = expect?.shares ? SENT_FOR_SHARES : 1 } = test;
  const explained = explainedOutcome(request, { mesh: imagined.mesh, namespace });
  const way = await wayIn(request, { tested, namespace });
  const headers = await headersOf(request, tested);
  const { method, body } = request;
  const before = await samplesOf(tested);
  const answers: Answer[] = [];
  for (let count = 0; count < repeat; count += 1)
    answers.push(await sendRequest(way.door, { url: new URL(request.url), method, headers, body }));
  const filter = {
    ...(way.caller !== undefined && { caller: way.caller }),
    hosts: explained.destinations.map(({ host }) => host),
    isDenied: answers.some(isDenial),
  };
  const isAnswered = answers.some(({ status }) => status !== 0 && status !== 503);
  const after = await whenCounted(tested, {
    within: isAnswered ? COUNTED_WITHIN : REFUSED_WITHIN,
    isEnough: (samples) => countedSince(before, samples, filter) >= repeat,
  });
  return observedOutcome({ answers, arrivals: arrivalsSince(before, after, filter), explained });
}

async function samplesOf({ metrics }: TestedMesh): Promise<readonly Sample[]> {
  return parseSamples(await metrics());
}

interface Counting {
  /** Milliseconds. */
  readonly within: number;
  readonly isEnough: (samples: readonly Sample[]) => boolean;
}

/** What no proxy counts is waited for in vain, but not for long. */
async function whenCounted(tested: TestedMesh, { within, isEnough }: Counting): Promise<readonly Sample[]> {
  const end = performance.now() + within;
  let samples = await samplesOf(tested);
  while (!isEnough(samples) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL));
    samples = await samplesOf(tested);
  }
  return samples;
}

interface WayIn {
  readonly door: Door;
  /** As metrics name it; absent where they do not. */
  readonly caller?: string;
}

async function wayIn(
  request: TestRequest,
  { tested, namespace }: Pick<Asking, 'tested' | 'namespace'>,
): Promise<WayIn> {
  const { model } = tested;
  const from = request.as === undefined ? request.from : callerAs(model, request.as);
  const entrance = entranceOf(model, { ...request, from }, namespace);
  const { proxy, workload } = entrance;
  switch (proxy.role) {
    case 'gateway':
      return { door: gatewayDoor(entrance, request.url), caller: workload };
    case 'sidecar':
      return { door: { kind: 'proxy', port: await tested.proxyOf(proxy.pod) }, caller: workload };
    case 'kube-proxy':
      return { door: { kind: 'proxy', port: await tested.proxyOf(outsider(model, entrance.namespace)) } };
  }
}

/** Nobody can show an identity that no pod has: its key is the mesh's secret. */
function callerAs({ pods, trustDomain }: Mesh, principal: string): string {
  const wanted = `spiffe://${principal.replace(/^spiffe:\/\//, '')}`;
  const pod = pods.find(
    (one) => one.sidecar && spiffeId(trustDomain, one.namespace, one.serviceAccount) === wanted,
  );
  if (pod) return `${pod.namespace}/${pod.workload ?? pod.name}`;
  throw new TestMistake(`no workload runs as ${principal}`, 'use --explain, which needs none, or add one');
}

function outsider({ pods }: Mesh, namespace: string | undefined): Pod {
  const pod = pods.find((one) => one.namespace === namespace && !one.sidecar);
  if (pod) return pod;
  throw new TestMistake(
    `no pod of namespace ${namespace} is without sidecar`,
    'add one with the label `sidecar.istio.io/inject: "false"`, or use --explain',
  );
}

function gatewayDoor({ proxy }: Entrance, url: string): Door {
  const { port, protocol } = new URL(url);
  const wanted = Number(port) || (protocol === 'https:' ? 443 : 80);
  const servers = proxy.role === 'gateway' ? proxy.gateway.servers : [];
  const server = servers.find((one) => one.port === wanted || one.localPort === wanted);
  if (server) return { kind: 'gateway', port: server.localPort, host: server.address ?? '127.0.0.1' };
  const open = servers.map((one) => one.port).join(', ') || 'none';
  throw new TestMistake(`the gateway does not listen on port ${wanted}`, `its ports are: ${open}`);
}

async function headersOf({ headers, token }: TestRequest, { mint }: TestedMesh) {
  if (!token) return headers;
  if (mint) return { ...headers, authorization: `Bearer ${await mint(token)}` };
  throw new TestMistake(
    `the running mesh does not believe the test's own ${token.issuer}`,
    'leave out --running, so that a mesh with the key of the tests is brought up; or give a real token in `headers`',
  );
}
