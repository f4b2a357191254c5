import type {
  ExplainedDestination,
  ExplainedEndpoint,
  Explanation,
} from '#mesh/envoy/simulation/explanation.ts';
import type { SimulatedRequest } from '#mesh/envoy/simulation/request.ts';

type Step = readonly [label: string, text: string];

const labelWidth = 14;

/** The way of a request as numberless steps, each with the file and line that decides it. */
export function formatExplanation(request: SimulatedRequest, explanation: Explanation): string {
  const { scheme, host, port, path, method } = request;
  const shownPort = port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
  const title = `${method} ${scheme}://${host}${shownPort}${path} from ${explanation.proxy}\n\n`;
  const steps = [
    ...arrival(explanation),
    ...decision(explanation),
    ...explanation.destinations.flatMap(destination),
  ];
  return title + steps.map(([label, text]) => `${label.padEnd(labelWidth)}${text}\n`).join('');
}

function arrival({ listener, virtualHost, skipped, route }: Explanation): readonly Step[] {
  const steps: Step[] = [];
  if (listener) steps.push(['listener', `${listener.name} at ${listener.address}`]);
  if (virtualHost) steps.push(['virtual host', `${virtualHost.name}, by the domain ${virtualHost.domain}`]);
  for (const { name, origin, unmet } of skipped) {
    steps.push(['not route', `${place(name, origin)}: wants ${unmet.join(', ')}`]);
  }
  if (route) {
    const because = route.because.length > 0 ? `: ${route.because.join(', ')}` : '';
    steps.push(['route', `${place(route.name, route.origin)}${because}`]);
  }
  return steps;
}

function decision({ fault, answer, rewrite, timeout, retries, mirrors }: Explanation): readonly Step[] {
  const steps: Step[] = [];
  if (fault?.delay) steps.push(['fault', `${fault.delay.percentage} % wait ${fault.delay.duration}`]);
  if (fault?.abort) steps.push(['fault', `${fault.abort.percentage} % are answered ${fault.abort.status}`]);
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
    [`${share} %`, `${place(cluster, origin)}${balancer}`],
    ...(problem ? [['  fails', `${problem.why} (${problem.flag})`] as const] : []),
    ...endpoints.map((endpoint) => ['  endpoint', endpointText(endpoint)] as const),
  ];
}

function endpointText({ address, pod, security, inbound }: ExplainedEndpoint): string {
  const target = pod ? `${address} pod ${pod}` : address;
  const policy = inbound?.policy;
  const verdict = policy ? `; ${policy.allowed ? 'allowed' : '403, denied'}: ${policy.why}` : '';
  return `${target}, ${security}${inbound ? `; its sidecar: ${inbound.why}${verdict}` : ''}`;
}

function place(name: string, origin: string | undefined): string {
  return origin ? `${name || '(unnamed)'} (${origin})` : name || '(unnamed)';
}
