import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { HTTP_PROXY, originMetadata, routeMetadata, sniffedTunnel } from '#mesh/istiod/envoy/names.ts';
import { receiving, target } from '#mesh/istiod/envoy/routes/forward.ts';
import { unknownHosts } from '#mesh/istiod/envoy/routes/unknown-hosts.ts';
import { unread } from '#mesh/istiod/envoy/routes/unread.ts';
import {
  authorities,
  type EnvoyVirtualHost,
  tunnelRoute,
  virtualHosts,
} from '#mesh/istiod/envoy/routes/virtual-host.ts';
import { hostNames, isKubernetesService } from '#mesh/istiod/model/host-names.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import type { ConnectionRoute } from '#mesh/istiod/model/traffic-policy.ts';

export function kubeProxyRoutesName(namespace: string): string {
  return `${HTTP_PROXY}.${namespace}`;
}

/** What Kubernetes alone does for a pod of this namespace: services by name, pods by address, everything else to the
 * outside. */
export function kubeProxyRoutes(mesh: Mesh, namespace: string): envoy.RouteConfiguration {
  return {
    name: kubeProxyRoutesName(namespace),
    virtual_hosts: virtualHosts([
      ...mesh.services
        .filter(isKubernetesService)
        .flatMap((service) =>
          service.ports.map(({ number: port }) =>
            opaqueHost({ service, port, namespace, ...(service.isSticky && { isSticky: true }) }),
          ),
        ),
      ...unknownHosts('ALLOW_ANY', mesh),
    ]),
    validate_clusters: false,
  };
}

export interface OpaqueHostOptions {
  readonly service: Service;
  readonly port: number;
  /** The caller's, from which short names are understood. */
  readonly namespace: string;
  /** What a VirtualService says; without it everything goes to the service. */
  readonly route?: ConnectionRoute | undefined;
  /** Whether a listener of the proxy reads which name a tunnel's greeting asks for. */
  readonly isNamed?: boolean;
  /** Whether a caller always gets the same pod. */
  readonly isSticky?: boolean;
}

/** A service's port that takes whatever comes, by tunnel or in plain HTTP, without routes or retries. */
export function opaqueHost(options: OpaqueHostOptions): EnvoyVirtualHost {
  const { service, port, namespace, route, isNamed, isSticky } = options;
  const destinations = route?.destinations ?? [{ host: service.host, port, weight: 100 }];
  const affinity: envoy.RouteAction = isSticky
    ? { hash_policy: [{ connection_properties: { source_ip: true } }] }
    : {};
  const to = { ...target(receiving(destinations)), ...affinity };
  const metadata = route ? routeMetadata(route.origin) : originMetadata(undefined, service.source);
  return {
    name: `${service.host}:${port}`,
    domains: authorities(hostNames(service, namespace), port),
    isUnread: true,
    routes: [
      tunnelRoute(isNamed ? { cluster: sniffedTunnel(service.host, port) } : to, metadata),
      { name: 'default', match: { prefix: '/' }, metadata, route: { ...to, timeout: '0s' }, ...unread },
    ],
  };
}
