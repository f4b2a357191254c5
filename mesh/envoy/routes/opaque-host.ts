import { originMetadata, routeMetadata } from '#mesh/envoy/origin-metadata.ts';
import { receiving } from '#mesh/envoy/receiving.ts';
import { tunnelRoute } from '#mesh/envoy/routes/connect.ts';
import { authorities, hostNames } from '#mesh/envoy/routes/domains.ts';
import { target } from '#mesh/envoy/routes/forward.ts';
import type { EnvoyVirtualHost } from '#mesh/envoy/routes/virtual-host.ts';
import type { ConnectionRoute } from '#mesh/model/connection.ts';
import type { Service } from '#mesh/model/service.ts';

export interface OpaqueHostOptions {
  readonly service: Service;
  readonly port: number;
  /** The caller's, from which short names are understood. */
  readonly namespace: string;
  /** What a VirtualService says; without it everything goes to the service. */
  readonly route?: ConnectionRoute | undefined;
}

/** A service's port that takes whatever comes, by tunnel or in plain HTTP, without routes or retries. */
export function opaqueHost({ service, port, namespace, route }: OpaqueHostOptions): EnvoyVirtualHost {
  const destinations = route?.destinations ?? [{ host: service.host, port, weight: 100 }];
  const to = target(receiving(destinations));
  const metadata = route ? routeMetadata(route.origin) : originMetadata(undefined, service.source);
  return {
    name: `${service.host}:${port}`,
    domains: authorities(hostNames(service, namespace), port),
    routes: [
      tunnelRoute(to, metadata),
      { name: 'default', match: { prefix: '/' }, metadata, route: { ...to, timeout: '0s' } },
    ],
  };
}
