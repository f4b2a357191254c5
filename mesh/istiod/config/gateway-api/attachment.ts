import { intersectHosts } from '#mesh/istiod/config/build/hosts.ts';
import {
  type Listener,
  listenersOf,
  parentOf,
  type Refusal,
} from '#mesh/istiod/config/gateway-api/listeners.ts';
import {
  type AnyRoute,
  type Gateway,
  type GatewayApiObjects,
  GROUP,
  nameOf,
  type ParentReference,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { admits, find, portsOf } from '#mesh/istiod/config/gateway-api/references.ts';

/** Istio's own classes, by the controller that each names. */
export const CONTROLLERS = {
  istio: 'istio.io/gateway-controller',
  'istio-remote': 'istio.io/unmanaged-gateway',
  'istio-waypoint': 'istio.io/mesh-controller',
} as const;

/** Who writes the status of routes. */
export const CONTROLLER = CONTROLLERS.istio;

export type RouteKindName = 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute' | 'TCPRoute';

/** One of a route's parents, and whether the route is its. */
export type Parent = {
  readonly reference: ParentReference;
  readonly refused?: Refusal;
} /** A Gateway, or one of its ListenerSets. */ & (
  | { readonly kind: 'Gateway'; readonly listeners: readonly Listener[] }
  /** A Service of the mesh, at some of its ports. */
  | {
      readonly kind: 'Service';
      readonly name: string;
      readonly namespace: string;
      readonly ports: readonly number[];
    }
);

/** A route with those of its parents that are this mesh's. */
export interface Attachment {
  readonly kind: RouteKindName;
  readonly route: AnyRoute;
  readonly parents: readonly Parent[];
}

/** Gateways with their listeners, and routes with their parents. */
export interface Attachments {
  readonly gateways: readonly { readonly gateway: Gateway; readonly listeners: readonly Listener[] }[];
  readonly routes: readonly Attachment[];
}

/** Finds out what is attached to what, for the traffic and for the status alike. */
export function attach(objects: GatewayApiObjects): Attachments {
  const gateways = objects.gateways
    .filter((gateway) => isManaged(gateway, objects))
    .map((gateway) => ({ gateway, listeners: listenersOf(gateway, objects) }));
  const byName = new Map(
    gateways.flatMap(({ gateway, listeners }) => [
      [`Gateway ${nameOf(gateway)}`, listeners.filter(({ owner }) => owner === gateway)] as const,
      ...objects.listenerSets
        .filter((set) => parentOf(set) === nameOf(gateway))
        .map(
          (set) => [`ListenerSet ${nameOf(set)}`, listeners.filter(({ owner }) => owner === set)] as const,
        ),
    ]),
  );
  const all: readonly (readonly [RouteKindName, readonly AnyRoute[]])[] = [
    ['HTTPRoute', objects.httpRoutes],
    ['GRPCRoute', objects.grpcRoutes],
    ['TLSRoute', objects.tlsRoutes],
    ['TCPRoute', objects.tcpRoutes],
  ];
  const routes = all.flatMap(([kind, list]) =>
    list.map((route) => ({ kind, route, parents: parentsOf({ kind, route }, byName, objects) })),
  );
  return { gateways, routes };
}

/** Whether the mesh makes the Gateway's Envoy: its class is one of the automated deployment. */
export function isManaged({ spec }: Gateway, { classes }: Pick<GatewayApiObjects, 'classes'>): boolean {
  const found = classes.find(({ metadata }) => metadata.name === spec.gatewayClassName);
  return found?.spec.controllerName === CONTROLLER;
}

type Route = Pick<Attachment, 'kind' | 'route'>;

function parentsOf(
  route: Route,
  ofParent: ReadonlyMap<string, readonly Listener[]>,
  objects: GatewayApiObjects,
): Parent[] {
  return (route.route.spec.parentRefs ?? []).flatMap((reference) => {
    const { group = GROUP, kind = 'Gateway', name } = reference;
    const namespace = reference.namespace ?? route.route.metadata.namespace ?? '';
    if (group === '' && kind === 'Service') return serviceParent({ reference, namespace, name }, objects);
    if (group !== GROUP) return [];
    const listeners = ofParent.get(`${kind} ${namespace}/${name}`);
    return listeners ? [gatewayParent(route, { reference, listeners }, objects)] : [];
  });
}

function serviceParent(
  {
    reference,
    namespace,
    name,
  }: { readonly reference: ParentReference; readonly namespace: string; readonly name: string },
  { services }: GatewayApiObjects,
): Parent {
  const service = find(services, { namespace, name });
  const numbers = service ? portsOf(service).map(({ port }) => port) : [];
  const ports = numbers.filter((port) => reference.port === undefined || port === reference.port);
  const message = service
    ? `Service ${namespace}/${name} has no port ${reference.port}`
    : `there is no Service ${namespace}/${name}`;
  const refused = { reason: 'NoMatchingParent', message };
  return { kind: 'Service', reference, name, namespace, ports, ...(ports.length === 0 && { refused }) };
}

/** The specification asks in this order: does such a listener exist, does it take the route, do they share a host. */
function gatewayParent(
  { kind, route }: Route,
  { reference, listeners }: { readonly reference: ParentReference; readonly listeners: readonly Listener[] },
  objects: GatewayApiObjects,
): Parent {
  const { sectionName, port } = reference;
  const parent = { kind: 'Gateway', reference, listeners: [] } as const;
  const named = listeners.filter(
    ({ spec }) =>
      (sectionName === undefined || spec.name === sectionName) && (port === undefined || spec.port === port),
  );
  if (named.length === 0) return { ...parent, refused: refusals.noParent(reference.kind) };
  const allowed = named.filter((listener) => allows(listener, { kind, route }, objects));
  if (allowed.length === 0) return { ...parent, refused: refusals.notAllowed(kind) };
  const common = allowed.filter(({ spec }) => commonHosts(spec.hostname, route).length > 0);
  if (common.length === 0) return { ...parent, refused: refusals.noHost };
  return { ...parent, listeners: common };
}

const refusals = {
  noParent: (kind = 'Gateway') => ({
    reason: 'NoMatchingParent',
    message: `the ${kind} has no listener of this name and port`,
  }),
  notAllowed: (kind: string) => ({
    reason: 'NotAllowedByListeners',
    message: `no listener allows ${kind.startsWith('H') ? 'an' : 'a'} ${kind} of this namespace`,
  }),
  noHost: {
    reason: 'NoMatchingListenerHostname',
    message: 'the route and the listeners have no host in common',
  },
};

function allows(
  { owner, spec, kinds }: Listener,
  { kind, route }: Route,
  objects: GatewayApiObjects,
): boolean {
  if (!kinds.some((one) => one.kind === kind)) return false;
  const choice = { from: 'Same', ...spec.allowedRoutes?.namespaces };
  const { namespace } = route.metadata;
  return admits(choice, { own: owner.metadata.namespace, namespace }, objects);
}

/** The hosts that a listener and a route have in common; each without any means all. */
export function commonHosts(hostname: string | undefined, { spec }: AnyRoute): string[] {
  const { hostnames = [] } = spec as { readonly hostnames?: readonly string[] };
  const listener = hostname === undefined || hostname === '' ? '*' : hostname;
  const own = hostnames.length > 0 ? hostnames : ['*'];
  return [...new Set(own.flatMap((host) => intersectHosts(listener, host) ?? []))];
}
