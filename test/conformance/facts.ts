import type { Echo, Receipt } from '#test/conformance/echo.ts';
import type { Question } from '#test/conformance/question.ts';
import type { Answer } from '#test/conformance/send.ts';
import { PODS, serviceAccountOf } from '#test/conformance/world.ts';

/** One request, what came back, and who had received it. */
export interface Exchange {
  readonly answer: Answer;
  readonly receipts: readonly Receipt[];
}

/** Trace ids, and what only the harness or the machine decides. */
const IGNORED_REQUEST = new Set(
  `x-request-id x-cf x-do x-b3-traceid x-b3-spanid x-b3-sampled x-b3-parentspanid traceparent tracestate connection
  x-envoy-peer-metadata x-envoy-peer-metadata-id x-envoy-internal x-envoy-external-address content-length accept-encoding`.split(
    /\s+/,
  ),
);
const IGNORED_ANSWER = new Set(
  `date x-envoy-upstream-service-time content-length connection keep-alive transfer-encoding x-request-id`.split(
    ' ',
  ),
);

/**
 * What one side did, as a set of short sentences: equal sets are equal behaviour. What is usual goes without saying: the
 * path, method and headers that were sent arrive once at the pod that answers, with Istio's own headers.
 * @param least seconds from which on the time is a fact
 */
export function factsOf(question: Question, exchanges: readonly Exchange[], least = 0): readonly string[] {
  const facts = new Set<string>();
  const except = new Set<string>(question.request.except);
  for (const { answer, receipts } of exchanges) {
    const echo = echoOf(answer);
    if (!except.has('answer')) facts.add(outcome(answer, echo, except.has('pod')));
    const about = answer.status === undefined ? '' : `${answer.status} `;
    if (!except.has('answer'))
      for (const fact of details(question, answer, echo)) facts.add(`${about}${fact}`);
    if (!except.has('reached'))
      for (const fact of reached(answer, receipts, echo, except)) facts.add(`${about}${fact}`);
  }
  const seconds = median(exchanges.map(({ answer }) => answer.seconds));
  if (!except.has('time') && seconds >= least) facts.add(`took ${seconds.toFixed(2)} s`);
  if (question.request.sticky) facts.add(stickiness(exchanges));
  return [...new Set([...facts].map(withoutSecrets))].sort(byOutcome);
}

/** Outcomes before what is said about them. */
function byOutcome(left: string, right: string): number {
  return left.split(' ').length - right.split(' ').length || (left < right ? -1 : 1);
}

function echoOf({ body = '', headers = [] }: Answer): Echo | undefined {
  // Compared as the pod sent it: a route may change the content type.
  if (!body.startsWith('{"pod":') || headers.length === 0) return undefined;
  return JSON.parse(body) as Echo;
}

function outcome(
  { error, status, body = '', headers = [] }: Answer,
  echo: Echo | undefined,
  anyPod: boolean,
): string {
  if (error !== undefined) return `no answer: ${error}`;
  const name = echo?.pod ?? (status === undefined ? (body.split(' ')[0] ?? '') : undefined);
  if (status === undefined) return `a line from ${anyPod ? 'a pod' : name}`;
  const silent = name === undefined && headers.some(([key]) => key === 'x-from-app');
  return name === undefined
    ? `${status}${silent ? ' from a pod' : ''}`
    : `${status} from ${anyPod ? 'a pod' : name}`;
}

function details(question: Question, answer: Answer, echo: Echo | undefined): string[] {
  if (answer.status === undefined) return [];
  const own = echo
    ? received(question, echo)
    : answer.body
      ? [`body: ${answer.body.trim().slice(0, 160)}`]
      : [];
  return [...own, ...answered(question, answer, echo)];
}

function received(question: Question, echo: Echo): string[] {
  const { method, path, body } = echo;
  const usual = usualHeaders(question, echo);
  const seen = new Map(
    Object.entries(echo.headers)
      .filter(([name]) => !IGNORED_REQUEST.has(name))
      .map(([name, value]) => [name, comparable(name, value)]),
  );
  // The laptop's kube-proxy is an Envoy, which counts attempts.
  if (PODS[question.from]?.sidecar === false) seen.delete('x-envoy-attempt-count');
  return [
    ...(method === question.method ? [] : [`arrives as ${method}`]),
    ...(path === question.path ? [] : [`arrives at ${path}`]),
    ...(body === (question.request.body ?? '') ? [] : [`arrives with body ${body}`]),
    ...headerFacts(seen, usual, 'arrives'),
  ];
}

function headerFacts(
  seen: ReadonlyMap<string, string>,
  usual: ReadonlyMap<string, string>,
  verb: string,
): string[] {
  const more = [...seen].filter(([name, value]) => usual.get(name) !== value);
  const less = [...usual.keys()].filter((name) => !seen.has(name));
  return [
    ...more.map(([name, value]) => `${verb} with ${name}: ${value}`),
    ...less.map((name) => `${verb} without ${name}`),
  ];
}

function comparable(name: string, value: string): string {
  if (name === 'x-forwarded-client-cert') return value.replace(/Hash=[0-9a-f]+;?|Cert="[^"]*";?/g, '');
  if (name === 'x-forwarded-for') return `${value.split(',').length} of them`;
  return name === 'x-envoy-attempt-count' ? 'a number' : value;
}

/** What arrives when nothing changes a request on its way. */
function usualHeaders({ from, authority, headers }: Question, { pod }: Echo): Map<string, string> {
  const usual = new Map([
    ['host', authority],
    ['x-forwarded-proto', 'http'],
    ['x-forwarded-client-cert', `By=${spiffe(pod)};Subject="";URI=${spiffe(from)}`],
    ...(from === 'gw' ? [['x-forwarded-for', '1 of them'] as const] : []),
    ...headers
      .map(([name, value]) => [name.toLowerCase(), comparable(name.toLowerCase(), value)] as const)
      .filter(([name]) => !IGNORED_REQUEST.has(name)),
  ]);
  if (PODS[from]?.sidecar !== false) usual.set('x-envoy-attempt-count', 'a number');
  return usual;
}

function spiffe(pod: string): string {
  const at = pod === 'gw' ? 'istio-system' : PODS[pod]?.namespace;
  const account = pod === 'gw' ? 'istio-ingressgateway-service-account' : serviceAccountOf(pod);
  return `spiffe://cluster.local/ns/${at}/sa/${account}`;
}

function answered({ from }: Question, { headers = [] }: Answer, echo: Echo | undefined): string[] {
  const fromPod = echo !== undefined || headers.some(([name]) => name === 'x-from-app');
  const seen = new Map<string, string>();
  for (const [name, value] of headers) {
    if (!IGNORED_ANSWER.has(name)) seen.set(name, seen.has(name) ? `${seen.get(name)} | ${value}` : value);
  }
  const usual = new Map(
    fromPod
      ? [
          ['x-from-app', '1'],
          ['content-type', 'application/json'],
        ]
      : [],
  );
  if (PODS[from]?.sidecar === false) seen.delete('server');
  else usual.set('server', from === 'gw' ? 'istio-envoy' : 'envoy');
  if (!fromPod && seen.get('content-type') === 'text/plain') seen.delete('content-type');
  return headerFacts(seen, usual, 'answers');
}

/** How often, and where else, the request came to. */
function reached(
  answer: Answer,
  receipts: readonly Receipt[],
  echo: Echo | undefined,
  except: ReadonlySet<string>,
): string[] {
  const pods = new Set(receipts.map(({ pod }) => pod));
  const main =
    echo?.pod ?? (answer.status === undefined && answer.body ? answer.body.split(' ')[0] : undefined);
  const others = receipts.filter(({ pod }) => pod !== main);
  const usual = main === undefined ? 0 : 1;
  return [
    ...(receipts.length === usual ? [] : [`reached pods ${receipts.length} times`]),
    ...(except.has('pod') || pods.size === 0 ? [] : others.map(arrival)),
  ];
}

function arrival({ pod, method, path, host }: Receipt): string {
  return method === 'TCP' ? `reached ${pod}` : `reached ${pod} as ${method} ${path} of ${host}`;
}

function stickiness(exchanges: readonly Exchange[]): string {
  const pods = new Set(exchanges.map(({ answer }) => echoOf(answer)?.pod));
  return pods.size === 1 ? 'always the same pod' : 'not always the same pod';
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function withoutSecrets(fact: string): string {
  return fact
    .replace(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g, 'TOKEN')
    .replace(/x{30000}/g, '$BIG')
    .replace(/="[0-9a-f]{16,}"/g, '="HASH"');
}
