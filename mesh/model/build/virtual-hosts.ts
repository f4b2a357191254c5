import { bySpecificity, hostMatches, resolveHost } from '#mesh/model/build/hosts.ts';
import { isHttp } from '#mesh/model/build/protocol.ts';
import {
  defaultRoute,
  gatewayNames,
  MESH_GATEWAY,
  routesOf,
  type VirtualService,
} from '#mesh/model/build/routes.ts';
import type { VirtualHost } from '#mesh/model/route.ts';
import type { Service } from '#mesh/model/service.ts';

/** What a VirtualService's host listens on when no service of that name declares ports. */
const DEFAULT_HTTP_PORT = 80;

/**
 * What sidecars route: each HTTP port of each service, by the VirtualService with the most specific host, else by
 * Kubernetes' own rule; and hosts that only a VirtualService declares.
 */
export function meshVirtualHosts(
  virtualServices: readonly VirtualService[],
  services: readonly Service[],
): VirtualHost[] {
  const inMesh = virtualServices.filter((service) =>
    gatewayNames(service.spec.gateways, service).includes(MESH_GATEWAY),
  );
  return [
    ...services.flatMap((service) => virtualHostsOfService(service, inMesh, services)),
    ...inMesh.flatMap((service) => hostsWithoutService(service, services)),
  ];
}

function virtualHostsOfService(
  service: Service,
  virtualServices: readonly VirtualService[],
  services: readonly Service[],
): VirtualHost[] {
  const deciding = mostSpecific(virtualServices, service.host, 'http');
  return service.ports
    .filter(({ protocol }) => isHttp(protocol))
    .map(({ number: port }) => {
      const routes = deciding ? routesOf(deciding, { port, services, gateway: MESH_GATEWAY }) : [];
      // Rules for other ports or gateways only leave the service as it was.
      return { host: service.host, port, routes: routes.length > 0 ? routes : [defaultRoute(service, port)] };
    });
}

/** Of the VirtualServices with such rules that cover a host, the one that names it most exactly; the older among equals. */
export function mostSpecific(
  virtualServices: readonly VirtualService[],
  host: string,
  rules: 'http' | 'tcp' | 'tls',
): VirtualService | undefined {
  return virtualServices
    .flatMap((service) => hostsOf(service).map((pattern) => ({ service, pattern })))
    .filter(({ service, pattern }) => service.spec[rules].length > 0 && hostMatches(pattern, host))
    .sort((a, b) => bySpecificity(a.pattern, b.pattern))[0]?.service;
}

function hostsWithoutService(service: VirtualService, services: readonly Service[]): VirtualHost[] {
  const port = DEFAULT_HTTP_PORT;
  return hostsOf(service)
    .filter((pattern) => !services.some(({ host }) => hostMatches(pattern, host)))
    .map((host) => ({ host, port, routes: routesOf(service, { port, services, gateway: MESH_GATEWAY }) }))
    .filter(({ routes }) => routes.length > 0);
}

/** The hosts of a VirtualService as FQDNs or patterns. */
export function hostsOf({ spec, metadata }: VirtualService): string[] {
  return spec.hosts.map((host) => resolveHost(host, metadata.namespace));
}
