import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { HTTP_PROXY } from '#mesh/istiod/envoy/names.ts';
import { isMerge, merged, patchedList, patchesOf } from '#mesh/istiod/envoy/patches/operation.ts';
import type { EnvoyPatch, PatchContext, RoutesMatch } from '#mesh/istiod/model/envoy-patch.ts';
import { gatewayPodPort, gatewayServicePort } from '#mesh/istiod/model/gateway.ts';

const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost';
const ROUTE = 'envoy.config.route.v3.Route';

interface Patches {
  readonly patches: readonly EnvoyPatch[];
  readonly context: PatchContext;
}

/** A route configuration as users have patched it, with its virtual hosts and their routes. */
export function patchedRoutes(
  routes: envoy.RouteConfiguration,
  { patches, context }: Patches,
): envoy.RouteConfiguration {
  const place = placeOf(routes.name ?? '', context);
  const about = (target: EnvoyPatch['applyTo']) =>
    patchesOf(patches, target, context).filter((patch) => isAbout(place, patch.routes ?? {}));
  const whole = about('ROUTE_CONFIGURATION').filter(isMerge);
  const hostPatches = about('VIRTUAL_HOST');
  const own = whole.filter(({ routes: match = {} }) => !isForSomeHosts(place, match));
  const result = own.reduce((all, patch) => merged(ROUTES, all, patch), routes);
  const forHosts = whole.filter((patch) => !own.includes(patch));
  const hosts = (result.virtual_hosts ?? []).flatMap((host) => {
    const isIts = ({ routes: match = {} }: EnvoyPatch) => isAtPort(place, host, match);
    const inPlace = forHosts.filter(isIts).reduce((one, patch) => merged(VIRTUAL_HOST, one, patch), host);
    const patched = patchedHost(inPlace, hostPatches.filter(isIts));
    return patched ? [withRoutes(patched, about('HTTP_ROUTE').filter(isIts))] : [];
  });
  const added = hostPatches.filter(({ operation }) => operation === 'ADD');
  return { ...result, virtual_hosts: [...hosts, ...added.map(({ value }) => value as envoy.VirtualHost)] };
}

interface Place {
  readonly names: readonly string[];
  readonly ports: readonly number[];
  readonly portName?: string | undefined;
  readonly gateway?: string;
  /** A sidecar's proxy has the hosts of all ports in one configuration, where Istio has one for each port. */
  readonly isForAllPorts: boolean;
}

/** What a route configuration of the laptop is in Istio's names: `http.8080`, `https.443.https.web.default`, `80`, `inbound|8080||`. */
function placeOf(name: string, context: PatchContext): Place {
  if (context !== 'GATEWAY') {
    const port = Number(name.split('|')[1]);
    return { names: [name], ports: Number.isNaN(port) ? [] : [port], isForAllPorts: name === HTTP_PROXY };
  }
  const [protocol = '', number = '', portName, gateway, namespace] = name.split('.');
  const port = Number(number);
  const istios = protocol === 'http' ? `http.${gatewayPodPort(port)}` : name;
  return {
    names: [name, istios],
    ports: [port, gatewayPodPort(port), gatewayServicePort(port)],
    portName,
    ...(gateway !== undefined && { gateway: `${namespace}/${gateway}` }),
    isForAllPorts: false,
  };
}

function isAbout(place: Place, { name, port, portName, gateway }: RoutesMatch): boolean {
  if (place.isForAllPorts) return portName === undefined && gateway === undefined && isPort(name);
  return (
    (name === undefined || place.names.includes(name)) &&
    (port === undefined || place.ports.includes(port)) &&
    (portName === undefined || portName === place.portName) &&
    (gateway === undefined || gateway === place.gateway)
  );
}

/** A sidecar's route configurations are named after their ports. */
function isPort(name: string | undefined): boolean {
  return name === undefined || name === HTTP_PROXY || /^\d+$/.test(name);
}

function isForSomeHosts({ isForAllPorts }: Place, { name, port }: RoutesMatch): boolean {
  return isForAllPorts && (port !== undefined || (name !== undefined && name !== HTTP_PROXY));
}

/** Whether Istio would have the host, `reviews.default.svc.cluster.local:9080`, in the configuration that a match names. */
function isAtPort(place: Place, { name = '' }: envoy.VirtualHost, match: RoutesMatch): boolean {
  if (!isForSomeHosts(place, match)) return true;
  const port = name.slice(name.lastIndexOf(':') + 1);
  return [match.port, match.name].every((one) => one === undefined || String(one) === port);
}

function isHost(
  { name, domains = [] }: envoy.VirtualHost,
  { virtualHost: match = {} }: RoutesMatch,
): boolean {
  return (
    (match.name === undefined || match.name === name) &&
    (match.domain === undefined || domains.includes(match.domain))
  );
}

/** Undefined: removed. */
function patchedHost(host: envoy.VirtualHost, patches: readonly EnvoyPatch[]): envoy.VirtualHost | undefined {
  let result = host;
  for (const patch of patches) {
    if (!isHost(result, patch.routes ?? {})) continue;
    if (patch.operation === 'REMOVE') return undefined;
    if (patch.operation === 'REPLACE') result = patch.value as envoy.VirtualHost;
    if (isMerge(patch)) result = merged(VIRTUAL_HOST, result, patch);
  }
  return result;
}

/** What is merged or removed comes before what is added, as in Istio. */
function withRoutes(host: envoy.VirtualHost, all: readonly EnvoyPatch[]): envoy.VirtualHost {
  const patches = all.filter(({ routes = {} }) => isHost(host, routes));
  if (patches.length === 0) return host;
  const kept = (host.routes ?? []).flatMap((route) => patchedRoute(route, patches) ?? []);
  const routes = patches
    .filter(({ operation }) => operation.startsWith('INSERT') || operation === 'ADD')
    .reduce((list, patch) => inserted(list, patch), kept as readonly envoy.Route[]);
  return { ...host, routes };
}

function inserted(list: readonly envoy.Route[], patch: EnvoyPatch): readonly envoy.Route[] {
  const isSelective = patch.routes?.virtualHost?.route !== undefined;
  const matches = (route: envoy.Route) => isRoute(route, patch);
  // With a name to look for, the first place is only for virtual hosts that have it.
  if (patch.operation === 'INSERT_FIRST' && isSelective && !list.some(matches)) return list;
  return patchedList(list, { patch, isSelective, matches });
}

function patchedRoute(route: envoy.Route, patches: readonly EnvoyPatch[]): envoy.Route | undefined {
  // The laptop's own, for tunnels.
  if (route.match?.connect_matcher) return route;
  let result = route;
  for (const patch of patches) {
    if (!isRoute(result, patch)) continue;
    if (patch.operation === 'REMOVE') return undefined;
    if (isMerge(patch)) result = merged(ROUTE, result, patch);
  }
  return result;
}

const actions = { ROUTE: 'route', REDIRECT: 'redirect', DIRECT_RESPONSE: 'direct_response' } as const;

function isRoute(route: envoy.Route, { routes = {} }: EnvoyPatch): boolean {
  const { name, action } = routes.virtualHost?.route ?? {};
  return (
    (name === undefined || name === route.name) &&
    (action === undefined || route[actions[action]] !== undefined)
  );
}
