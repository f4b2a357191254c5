import { clusterName } from '#mesh/envoy/names.ts';
import { originMetadata } from '#mesh/envoy/origin-metadata.ts';
import { tunnelRoute } from '#mesh/envoy/routes/connect.ts';
import { authorities, hostNames } from '#mesh/envoy/routes/domains.ts';
import type { EnvoyVirtualHost } from '#mesh/envoy/routes/virtual-host.ts';
import type { Service } from '#mesh/model/service.ts';

export interface OpaqueHostOptions {
  readonly service: Service;
  readonly port: number;
  /** The caller's, from which short names are understood. */
  readonly namespace: string;
}

/** A service's port that takes whatever comes, by tunnel or in plain HTTP, without routes or retries. */
export function opaqueHost({ service, port, namespace }: OpaqueHostOptions): EnvoyVirtualHost {
  const cluster = clusterName({ direction: 'outbound', port, host: service.host });
  const metadata = originMetadata(undefined, service.source);
  return {
    name: `${service.host}:${port}`,
    domains: authorities(hostNames(service, namespace), port),
    routes: [
      tunnelRoute(cluster, metadata),
      { name: 'default', match: { prefix: '/' }, metadata, route: { cluster, timeout: '0s' } },
    ],
  };
}
