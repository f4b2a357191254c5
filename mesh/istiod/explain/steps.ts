import type {
  ExplainedDestination,
  ExplainedEndpoint,
  Explanation,
} from '#mesh/istiod/explain/explanation.ts';

/** A decision on the way of a request, in words. */
export interface ExplainedStep {
  readonly label: string;
  readonly text: string;
  /** What decides it: `file:line`, or `Kind namespace/name field`. */
  readonly origin?: string;
}

/** The way of a request, decision by decision. */
export function stepsOf(explanation: Explanation): readonly ExplainedStep[] {
  const steps = [
    ...arrival(explanation),
    ...decision(explanation),
    ...explanation.destinations.flatMap(destination),
  ];
  return steps.map(([label, text, origin]) => ({ label, text, ...(origin !== undefined && { origin }) }));
}

type Step = readonly [label: string, text: string, origin?: string | undefined];

function arrival({ listener, virtualHost, skipped, route }: Explanation): readonly Step[] {
  const steps: Step[] = [];
  if (listener) steps.push(['listener', `${listener.name} at ${listener.address}`]);
  if (virtualHost) steps.push(['virtual host', `${virtualHost.name}, by the domain ${virtualHost.domain}`]);
  for (const { name, origin, unmet } of skipped) {
    steps.push(['not route', `${place(name, origin)}: wants ${unmet.join(', ')}`, origin]);
  }
  if (route) {
    const because = route.because.length > 0 ? `: ${route.because.join(', ')}` : '';
    steps.push(['route', `${place(route.name, route.origin)}${because}`, route.origin]);
  }
  return steps;
}

function decision({ fault, answer, rewrite, timeout, retries, mirrors }: Explanation): readonly Step[] {
  const steps: Step[] = [];
  if (fault?.delay) steps.push(['fault', `${fault.delay.percentage} % wait ${fault.delay.duration}`]);
  if (fault?.abort) steps.push(['fault', `${fault.abort.percentage} % get ${fault.abort.status}`]);
  if (answer) steps.push(['answer', answerText(answer)]);
  if (rewrite) steps.push(['rewrite', [rewrite.authority, rewrite.path].filter(Boolean).join(' ')]);
  if (timeout) steps.push(['timeout', /^0(\.0*)?s$/.test(timeout) ? 'none' : timeout]);
  if (retries) steps.push(['retries', retriesText(retries)]);
  for (const { cluster, percentage } of mirrors) steps.push(['mirror', `${percentage} % to ${cluster}`]);
  return steps;
}

function answerText({ status, why, location }: NonNullable<Explanation['answer']>): string {
  const code = status === 0 ? 'none' : String(status);
  return `${code}${location ? ` to ${location}` : ''}: ${why}`;
}

function retriesText({
  attempts,
  on,
  statusCodes,
  perTryTimeout,
}: NonNullable<Explanation['retries']>): string {
  const codes = statusCodes.length > 0 ? ` (${statusCodes.join(', ')})` : '';
  return `${attempts}, on ${on}${codes}${perTryTimeout ? `, each try within ${perTryTimeout}` : ''}`;
}

function destination({
  cluster,
  share,
  origin,
  loadBalancer,
  problem,
  endpoints,
}: ExplainedDestination): readonly Step[] {
  const balancer = loadBalancer ? `, ${loadBalancer}` : '';
  return [
    [`${share} %`, `${place(cluster, origin)}${balancer}`, origin],
    ...(problem ? [['  fails', failureText(problem)] as const] : []),
    ...endpoints.map((endpoint) => ['  endpoint', endpointText(endpoint)] as const),
  ];
}

function failureText({ why, flag, status }: NonNullable<ExplainedDestination['problem']>): string {
  return status === undefined ? `${why} (${flag})` : `${why} (${flag}): ${status}`;
}

function endpointText({ address, pod, security, inbound }: ExplainedEndpoint): string {
  const target = pod ? `${address} pod ${pod}` : address;
  const policy = inbound?.policy;
  const verdict = policy
    ? `; ${policy.allowed ? 'allowed' : `${policy.tokenStatus ?? 403}, denied`}: ${policy.why}`
    : '';
  return `${target}, ${security}${inbound ? `; its sidecar: ${inbound.why}${verdict}` : ''}`;
}

function place(name: string, origin: string | undefined): string {
  return origin ? `${name || '(unnamed)'} (${origin})` : name || '(unnamed)';
}
