import type { Position } from '#mesh/diagnostic.ts';
import { type RuleContext, toForward } from '#mesh/istiod/config/build/forward.ts';
import { type HttpMatch, type HttpRule, toMatch } from '#mesh/istiod/config/build/route-match.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import {
  DEFAULT_RETRY,
  type Origin,
  type Route,
  type RouteAction,
  type RouteMatch,
} from '#mesh/istiod/model/route.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import { once } from '#mesh/once.ts';

type Declared = ResourceOf<'VirtualService'>;

/** A rule that may stand in another VirtualService, which this one delegates to. */
export type RoutedRule = HttpRule & {
  readonly declaredIn?: { readonly namespace: string; readonly position: Position };
};

export interface VirtualService extends Omit<Declared, 'spec'> {
  readonly spec: Omit<Declared['spec'], 'http'> & { readonly http: readonly RoutedRule[] };
}

/** The gateway of a rule that sidecars follow (Istio's reserved word). */
export const MESH_GATEWAY = 'mesh';

export interface RouteScope {
  readonly port: number;
  readonly services: readonly Service[];
  /** Whose routes are wanted: `mesh`, or a Gateway as `namespace/name`. */
  readonly gateway: string;
}

/** A VirtualService's rules as routes, one for each match, in their order, up to the first that takes every request. */
export function routesOf(service: VirtualService, scope: RouteScope): Route[] {
  const routes: Route[] = [];
  for (const [index, rule] of service.spec.http.entries()) {
    routes.push(...routesOfRule({ service, rule, index, scope }));
    const end = routes.findIndex(({ match }) => isCatchAll(match));
    if (end !== -1) return routes.slice(0, end + 1);
  }
  return routes;
}

/** Whether a match takes every request: without conditions, or in the other ways to write that which Istio knows. */
export function isCatchAll({ uri, ignoreUriCase, ...others }: RouteMatch): boolean {
  const path = uri ?? { prefix: '/' };
  const everyPath = ('prefix' in path && path.prefix === '/') || ('regex' in path && path.regex === '.*');
  return everyPath && Object.keys(others).length === 0;
}

interface RuleOfService {
  readonly service: VirtualService;
  readonly rule: RoutedRule;
  readonly index: number;
  readonly scope: RouteScope;
}

function routesOfRule({ service, rule, index, scope }: RuleOfService): Route[] {
  const { namespace = service.metadata.namespace, position } = rule.declaredIn ?? {};
  // A rule without match holds for every request of every port and gateway.
  const matches =
    rule.match.length === 0 ? [undefined] : rule.match.filter((match) => applies(match, service, scope));
  const action = toAction(rule, { namespace, port: scope.port, services: servicesAt(scope) });
  return matches.map((match) => ({
    name: [rule.name, match?.name].filter(Boolean).join('.') || 'default',
    match: match ? toMatch(match) : {},
    action,
    origin: { ...ruleOrigin(service, ['http', index]), ...(position && { position }) },
  }));
}

/** What a rule may take the port from: a sidecar's routes of one port know the services at that port alone. */
function servicesAt({ gateway, services }: RouteScope): readonly Service[] {
  return gateway === MESH_GATEWAY ? [] : services;
}

/** The rule of a VirtualService at this path below `spec`. */
export function ruleOrigin(
  { metadata, document }: VirtualService,
  path: readonly (string | number)[],
): Origin {
  const { name, namespace } = metadata;
  return { kind: 'VirtualService', name, namespace, position: document.at(['spec', ...path]) };
}

type PortMatch = Pick<HttpMatch, 'port' | 'gateways'>;

/** `port` and `gateways` of a match choose the virtual hosts that get the route at all. */
export function applies({ port, gateways }: PortMatch, service: VirtualService, scope: RouteScope): boolean {
  const atPort = port === undefined || port === scope.port;
  return atPort && (gateways.length === 0 || gatewayNames(gateways, service).includes(scope.gateway));
}

/** The gateways a VirtualService names, as `mesh` or `namespace/name`; none named means `mesh`. */
export function gatewayNames(gateways: readonly string[], service: VirtualService): string[] {
  if (gateways.length === 0) return [MESH_GATEWAY];
  return gateways.map((name) => gatewayName(name, service.metadata.namespace));
}

/** Beside `name`, `namespace/name` and `./name` Istio still knows `name.namespace`, with or without more behind. */
function gatewayName(name: string, own: string): string {
  if (name === MESH_GATEWAY) return name;
  if (name.includes('/')) return name.replace(/^\.\//, `${own}/`);
  const [first = '', namespace = own] = name.split('.');
  return `${namespace}/${first}`;
}

/** The VirtualServices that sidecars follow. */
export const followedBySidecars = once((virtualServices: readonly VirtualService[]) =>
  virtualServices.filter((service) => gatewayNames(service.spec.gateways, service).includes(MESH_GATEWAY)),
);

function toAction(rule: HttpRule, context: RuleContext): RouteAction {
  if (rule.redirect) {
    return { kind: 'redirect', ...rule.redirect, ...(rule.headers && { headers: rule.headers }) };
  }
  if (rule.directResponse) {
    const { status, body } = rule.directResponse;
    const text =
      body?.string ?? (body?.bytes === undefined ? undefined : Buffer.from(body.bytes, 'base64').toString());
    return {
      kind: 'direct-response',
      status,
      ...(text !== undefined && { body: text }),
      ...(rule.headers && { headers: rule.headers }),
    };
  }
  return toForward(rule, context);
}

/** Where no VirtualService says anything: everything to the service, as Kubernetes would, with Istio's defaults. */
export function defaultRoute(service: Service, port: number): Route {
  return {
    name: 'default',
    match: {},
    action: {
      kind: 'forward',
      destinations: [{ host: service.host, port, weight: 100 }],
      timeout: 0,
      retries: DEFAULT_RETRY,
      mirrors: [],
    },
    origin: serviceOrigin(service),
  };
}

export function serviceOrigin({ location, name, namespace, source }: Service): Origin {
  return {
    kind: location === 'MESH_EXTERNAL' ? 'ServiceEntry' : 'Service',
    name,
    namespace,
    position: source,
  };
}
