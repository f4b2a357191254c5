import type {
  ExplainedDestination,
  ExplainedEndpoint,
  Explanation,
  ReceivedRequest,
} from '#mesh/istiod/explain/explanation.ts';
import type { Case, CaseRequest } from '#test/conformance/case.ts';
import type { Question } from '#test/conformance/question.ts';
import { PODS } from '#test/conformance/world.ts';

/** The two servers outside, on ports that nothing is bound to. */
export const OUTSIDE = [
  { http: 41, tls: 42, tcp: 43 },
  { http: 51, tls: 52, tcp: 53 },
] as const;

/** What an explanation cannot tell, and why. */
export const UNTOLD: readonly (readonly [why: string, of: (request: CaseRequest) => boolean])[] = [
  ['it explains requests, and this is a line of TCP', ({ ask }) => ask.includes(' TCP ')],
  [
    'the outcome is the program’s: it waits, resets the connection, or fails in one pod alone',
    ({ headers }) => /reset|sleep|only/.test(headers?.['x-do'] ?? ''),
  ],
];

/** Why nobody can explain the outcome of a request of a case beforehand. */
export function untold({ explain }: Case, request: CaseRequest): string | undefined {
  return explain?.replace('cannot tell because ', '') ?? UNTOLD.find(([, isSo]) => isSo(request))?.[0];
}

/** An explanation in the record's words. */
export function explainedFacts(explanation: Explanation, question: Question): readonly string[] {
  const { answer, fault, destinations } = explanation;
  const abort = fault?.abort && fault.abort.percentage > 0 ? fault.abort : undefined;
  const arrives = !answer && abort?.percentage !== 100;
  const facts = [
    ...(answer ? [statusText(answer.status)] : []),
    ...(answer?.location !== undefined ? [`answers with location: ${answer.location}`] : []),
    ...(abort ? [abort.status.startsWith('grpc') ? '200' : abort.status] : []),
    ...(arrives ? destinations.filter(({ share }) => share > 0) : []).flatMap((one) =>
      arrivals(one, question),
    ),
  ];
  return [...new Set(facts)].sort();
}

const statusText = (status: number) => (status === 0 ? 'no answer' : `${status}`);

function arrivals(destination: ExplainedDestination, question: Question): readonly string[] {
  const { endpoints, problem, received } = destination;
  return [
    ...(problem ? ['503'] : []),
    ...endpoints.flatMap((endpoint) => {
      const { accepted, policy } = endpoint.inbound ?? {};
      if (accepted === false) return [PODS[question.from]?.sidecar === false ? 'no answer' : '503'];
      if (policy?.allowed === false) return [statusText(policy.tokenStatus ?? 403)];
      return [`from ${nameOf(endpoint, question)}`, ...(received ? changes(received, question) : [])];
    }),
  ];
}

/** Nobody can tell whose an answer without body is. */
function nameOf({ pod, address }: ExplainedEndpoint, { request, method }: Question): string {
  if (request.except?.includes('pod') || method === 'HEAD') return 'a pod';
  const port = Number(address.split(':')[1]);
  const outside = OUTSIDE.findIndex(({ http, tls, tcp }) => [http, tls, tcp].some((one) => one === port));
  return pod?.replace(/-\d+\.[^.]+$/, '') ?? ['ext', 'ext2'][outside] ?? address;
}

function changes({ host, headers, path }: ReceivedRequest, question: Question): readonly string[] {
  const sent = question.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const before = new Map([['host', question.authority], ...sent]);
  const after = new Map([['host', host], ...Object.entries(headers)]);
  return [
    ...(path === question.path ? [] : [`arrives at ${path}`]),
    ...[...after].flatMap(([name, value]) =>
      before.get(name) === value ? [] : [`arrives with ${name}: ${value}`],
    ),
    ...[...before.keys()].flatMap((name) => (after.has(name) ? [] : [`arrives without ${name}`])),
  ];
}

/** What proxies write by themselves, which no rule asks for and no explanation tells. */
const OWN = /^arrives with(out)? (x-(forwarded|envoy|b3)|server|content-type|date|via)/;

/** What of the record an explanation can tell; what the pods themselves answer is left open. */
export function tellable(recorded: readonly string[]): readonly string[] {
  const facts = recorded.flatMap((fact) => {
    const [, status = '', rest = ''] = /^(\d{3}) ?(.*)$/.exec(fact) ?? [];
    if (fact.startsWith('no answer')) return ['no answer'];
    if (status !== '' && rest === '') return [status];
    if (rest.startsWith('from ')) return [rest];
    // Envoy writes a location into each 201.
    if (rest.startsWith('answers with location: ')) return status === '201' ? [] : [rest];
    return rest.startsWith('arrives at ') || (/^arrives with/.test(rest) && !OWN.test(rest)) ? [rest] : [];
  });
  return [...new Set(facts)].sort();
}
