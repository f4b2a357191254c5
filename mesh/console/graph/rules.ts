import type { GatewayWorkload } from '#mesh/istiod/model/gateway.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import {
  DEFAULT_RETRY,
  type Forward,
  isRuled,
  type Route,
  type RouteMatch,
  routesFor,
  type StringMatch,
  type VirtualHost,
} from '#mesh/istiod/model/route.ts';

/** One rule by which a workload's requests go, in plain words. */
export interface Rule {
  /** The host that is asked for. */
  readonly host: string;
  /** What a request must have; empty: every other one. */
  readonly when: string;
  readonly destinations: readonly RuledDestination[];
  readonly marks: readonly Mark[];
  readonly mirrors: readonly (Omit<RuledDestination, 'share'> & { readonly percentage: number })[];
  /** The deciding object. */
  readonly origin: ObjectPlace;
}

export interface ObjectPlace {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The field in it, as steps. */
  readonly steps: readonly (string | number)[];
}

export interface RuledDestination {
  readonly service: string;
  readonly subset: string;
  /** Percent of the rule's requests. */
  readonly share: number;
}

export interface Mark {
  readonly kind: 'fault' | 'timeout' | 'retries' | 'mirror' | 'breaker';
  readonly text: string;
  readonly origin?: ObjectPlace;
}

/** The rules of a gateway's HTTP ports, whichever server they stand in. */
export function rulesOfGateway({ servers }: GatewayWorkload): readonly Rule[] {
  const hosts = servers.flatMap(({ virtualHosts, tlsServers }) => [
    ...virtualHosts,
    ...tlsServers.flatMap((server) => server.virtualHosts),
  ]);
  return hosts.flatMap((host) => rulesOfHost(host, () => true));
}

/** The rules that a pod's sidecar goes by. */
export function rulesOfPod(mesh: Mesh, pod: Pod): readonly Rule[] {
  const { virtualHosts } = mesh.views?.[`${pod.name}.${pod.namespace}`] ?? mesh;
  const isMeant = ({ sourceLabels = {}, sourceNamespace }: RouteMatch) =>
    (sourceNamespace === undefined || sourceNamespace === pod.namespace) &&
    Object.entries(sourceLabels).every(([name, value]) => pod.labels[name] === value);
  return virtualHosts.flatMap((host) => rulesOfHost(host, isMeant));
}

function rulesOfHost(virtualHost: VirtualHost, isMeant: (match: RouteMatch) => boolean): Rule[] {
  return routesFor(virtualHost, isMeant).flatMap((route) =>
    route.action.kind === 'forward' ? ruleOf(virtualHost.host, route, route.action) : [],
  );
}

function ruleOf(host: string, route: Route, action: Forward): Rule {
  const total = action.destinations.reduce((sum, { weight }) => sum + weight, 0);
  const { kind, namespace, name, position } = route.origin;
  const origin = { kind, namespace, name, steps: position.steps ?? [] };
  return {
    ...{ host, origin, when: conditions(route.match).join(' and ') },
    destinations: action.destinations.map(({ host: service, subset = '', weight }) => ({
      ...{ service, subset },
      share: total === 0 ? 100 : (100 * weight) / total,
    })),
    mirrors: action.mirrors.map(({ host: service, subset = '', percentage }) => ({
      ...{ service, subset, percentage },
    })),
    marks: isRuled(route.origin) ? marksOf(action).map((mark) => ({ ...mark, origin })) : [],
  };
}

function marksOf({ fault, timeout, retries }: Forward): Mark[] {
  const marks: Mark[] = [];
  if (fault?.delay)
    marks.push({
      kind: 'fault',
      text: `${fault.delay.percentage} % wait ${seconds(fault.delay.fixedDelay)}`,
    });
  if (fault?.abort) {
    const { httpStatus, grpcStatus, percentage } = fault.abort;
    marks.push({ kind: 'fault', text: `${percentage} % are answered ${httpStatus ?? grpcStatus}` });
  }
  if (timeout > 0) marks.push({ kind: 'timeout', text: `no answer within ${seconds(timeout)}: 504` });
  if (isOwnRetry(retries)) {
    const within =
      retries.perTryTimeout === undefined ? '' : `, each within ${seconds(retries.perTryTimeout)}`;
    const text =
      retries.attempts === 0
        ? 'no retries'
        : `up to ${retries.attempts} retries on ${retries.retryOn.join(', ')}${within}`;
    marks.push({ kind: 'retries', text });
  }
  return marks;
}

function isOwnRetry({ attempts, retryOn }: Forward['retries']): boolean {
  return (
    attempts !== DEFAULT_RETRY.attempts ||
    retryOn.some((condition) => !DEFAULT_RETRY.retryOn.includes(condition))
  );
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

/** What a match demands, each part in words. */
function conditions(match: RouteMatch): string[] {
  const { uri, method, authority, scheme, headers = {}, withoutHeaders = {}, queryParams = {} } = match;
  const named = (what: string, values: Readonly<Record<string, StringMatch>>) =>
    Object.entries(values).map(([name, value]) => `${what}${name} ${words(value)}`);
  return [
    ...(uri && !isEvery(uri) ? [`path ${words(uri)}`] : []),
    ...(method ? [`method ${words(method)}`] : []),
    ...(authority ? [`host ${words(authority)}`] : []),
    ...(scheme ? [`scheme ${words(scheme)}`] : []),
    ...named('', headers),
    ...named('not ', withoutHeaders),
    ...named('?', queryParams),
    ...(match.claims ?? []).map(({ path, not }) => `claim ${path.join('.')}${not ? ' is another' : ''}`),
  ];
}

function isEvery(match: StringMatch): boolean {
  return 'prefix' in match && match.prefix === '/';
}

function words(match: StringMatch): string {
  if ('exact' in match) return `is ${match.exact}`;
  if ('prefix' in match) return `begins with ${match.prefix}`;
  if ('regex' in match) return `fits ${match.regex}`;
  return 'is there';
}
