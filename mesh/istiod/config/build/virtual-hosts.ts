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
  const deciding = mostSpecific(virtualServices, service.host, 'http');
  const others = (deciding ? destinationsOf(deciding) : []).map((host) =>
    servicesByHost(services).named(host),
  );
  return latest(service, [deciding, ...others], () => toVirtualHosts(service, deciding, services));
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
  deciding: VirtualService | undefined,
  services: readonly Service[],
): VirtualHost[] {
  return service.ports
    .filter(({ protocol }) => routesRequests(protocol))
    .map(({ number: port }) => {
      const routes = deciding ? routesOf(deciding, { port, services, gateway: MESH_GATEWAY }) : [];
      const otherwise = defaultRoute(service, port);
      // Rules for other ports or gateways only leave the service as it was, and so do those for other callers.
      if (routes.length === 0) return { host: service.host, port, routes: [otherwise] };
      return { host: service.host, port, routes, ...(routes.every(isForSomeCallers) && { otherwise }) };
    });
}

function isForSomeCallers({ match: { sourceLabels, sourceNamespace } }: Route): boolean {
  return sourceLabels !== undefined || sourceNamespace !== undefined;
}

/** Of the VirtualServices with such rules that cover a host, the one that names it most exactly; the older among equals. */
export function mostSpecific(
  virtualServices: readonly VirtualService[],
  host: string,
  rules: 'http' | 'tcp' | 'tls',
): VirtualService | undefined {
  return byHost(virtualServices)
    .covering(host)
    .find(({ item }) => item.spec[rules].length > 0)?.item;
}

const byHost = once((virtualServices: readonly VirtualService[]) => new HostIndex(virtualServices, hostsOf));

function hostsWithoutService(service: VirtualService, services: readonly Service[]): VirtualHost[] {
  const port = DEFAULT_HTTP_PORT;
  return hostsOf(service)
    .filter((pattern) => !servicesByHost(services).isCovered(pattern))
    .map((host) => ({ host, port, routes: routesOf(service, { port, services, gateway: MESH_GATEWAY }) }))
    .filter(({ routes }) => routes.length > 0);
}

/** The hosts of a VirtualService as FQDNs or patterns. */
export function hostsOf({ spec, metadata }: VirtualService): string[] {
  return spec.hosts.map((host) => resolveHost(host, metadata.namespace));
}
