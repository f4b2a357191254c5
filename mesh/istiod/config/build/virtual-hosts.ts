import { servicesByHost } from '#mesh/istiod/config/build/forward.ts';
import { HostIndex } from '#mesh/istiod/config/build/host-index.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import {
  defaultRoute,
  followedBySidecars,
  MESH_GATEWAY,
  routesOf,
  type VirtualService,
} from '#mesh/istiod/config/build/routes.ts';
import type { Route, VirtualHost } from '#mesh/istiod/model/route.ts';
import { routesRequests, type Service } from '#mesh/istiod/model/service.ts';
import { once, onceWith } from '#mesh/once.ts';

/** The port of a VirtualService's host if no service of that name declares ports. */
const DEFAULT_HTTP_PORT = 80;

/**
 * What sidecars route: each HTTP port of each service, by the VirtualService with the most specific host, else by
 * Kubernetes' own rule; and hosts that only a VirtualService declares.
 */
export function meshVirtualHosts(
  virtualServices: readonly VirtualService[],
  services: readonly Service[],
): VirtualHost[] {
  const inMesh = followedBySidecars(virtualServices);
  return [
    // First, because a rule for `web.shop` takes that name from the service web in shop, which keeps its others.
    ...inMesh.flatMap((service) => hostsWithoutService(service, services)),
    ...services.flatMap((service) => virtualHostsOfService(service, inMesh, services)),
  ];
}

function virtualHostsOfService(
  service: Service,
  virtualServices: readonly VirtualService[],
  services: readonly Service[],
): VirtualHost[] {
  const ruling = rulersOf(virtualServices, service.host);
  const others = ruling.flatMap(destinationsOf).map((host) => servicesByHost(services).named(host));
  return latest(service, [...ruling, ...others], () => toVirtualHosts(service, ruling, services));
}

/** A change elsewhere leaves the virtual hosts of a service as they are. */
const latest = onceWith<Service, VirtualHost[]>();

const destinationsOf = once(({ spec, metadata }: VirtualService) =>
  spec.http.flatMap(({ route, mirror, mirrors, declaredIn }) => {
    const { namespace } = declaredIn ?? metadata;
    const named = [...route, ...mirrors].map(({ destination }) => destination);
    return [...named, ...(mirror ? [mirror] : [])].map(({ host }) => resolveHost(host, namespace));
  }),
);

function toVirtualHosts(
  service: Service,
  ruling: readonly VirtualService[],
  services: readonly Service[],
): VirtualHost[] {
  return service.ports
    .filter(({ protocol }) => routesRequests(protocol))
    .map(({ number: port }) => {
      // Rules for other ports or gateways only leave the service as it was, and so do those for other callers.
      const lists = ruling
        .map((one) => routesOf(one, { port, services, gateway: MESH_GATEWAY }))
        .filter((routes) => routes.length > 0);
      const end = lists.findIndex((routes) => !routes.every(isForSomeCallers));
      const [routes, ...otherwise] =
        end === -1 ? [...lists, [defaultRoute(service, port)]] : lists.slice(0, end + 1);
      if (!routes) return { host: service.host, port, routes: [] };
      return { host: service.host, port, routes, ...(otherwise.length > 0 && { otherwise }) };
    });
}

function isForSomeCallers({ match: { sourceLabels, sourceNamespace } }: Route): boolean {
  return sourceLabels !== undefined || sourceNamespace !== undefined;
}

/** The VirtualServices with rules for requests to a host: those that name it, the older first, else the one with the most specific pattern. */
function rulersOf(virtualServices: readonly VirtualService[], host: string): VirtualService[] {
  const ruling = byHost(virtualServices)
    .covering(host)
    .filter(({ item }) => item.spec.http.length > 0);
  const named = ruling.filter(({ pattern }) => pattern === host);
  return (named.length > 0 ? named : ruling.slice(0, 1)).map(({ item }) => item);
}

/** All VirtualServices that name a host or have a pattern for it, in their order. */
export function covering(virtualServices: readonly VirtualService[], host: string): VirtualService[] {
  const found = new Set(
    byHost(virtualServices)
      .covering(host)
      .map(({ item }) => item),
  );
  return found.size < 2 ? [...found] : virtualServices.filter((one) => found.has(one));
}

const byHost = once((virtualServices: readonly VirtualService[]) => new HostIndex(virtualServices, hostsOf));

/** Hosts that no service has are at the port of HTTP, and wherever services that the same VirtualService names take requests. */
function hostsWithoutService(service: VirtualService, services: readonly Service[]): VirtualHost[] {
  const known = servicesByHost(services);
  const hosts = hostsOf(service);
  const alone = hosts.filter((pattern) => !known.isCovered(pattern));
  if (alone.length === 0) return [];
  const beside = alone.length === hosts.length ? [] : hosts.flatMap((pattern) => known.within(pattern));
  const ports = beside.flatMap((one) =>
    one.ports.filter(({ protocol }) => routesRequests(protocol)).map(({ number }) => number),
  );
  return [...new Set([DEFAULT_HTTP_PORT, ...ports])].flatMap((port) => {
    const routes = routesOf(service, { port, services, gateway: MESH_GATEWAY });
    return routes.length > 0 ? alone.map((host) => ({ host, port, routes })) : [];
  });
}

/** The hosts of a VirtualService as FQDNs or patterns. */
export function hostsOf({ spec, metadata }: VirtualService): string[] {
  return spec.hosts.map((host) => resolveHost(host, metadata.namespace));
}
