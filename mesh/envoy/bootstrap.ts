import { socketAddress } from '#mesh/envoy/clusters/endpoints.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';

import { typed } from '#mesh/envoy/json.ts';
import { statsConfig } from '#mesh/envoy/stats.ts';
import { TRACING_RUNTIME } from '#mesh/envoy/tracing/zipkin.ts';
import { xdsCluster, xdsSource } from '#mesh/envoy/xds/source.ts';
import type { Proxy as MeshProxy } from '#mesh/model/mesh.ts';

export interface BootstrapOptions {
  readonly proxy: MeshProxy;
  /** The path of the Unix socket behind which the rest of the configuration is. */
  readonly xdsSocket: string;
}

const MAX_CONNECTIONS = '65536';

/** What an Envoy is started with; everything else the runner tells it. */
export function bootstrap({ proxy, xdsSocket }: BootstrapOptions): JsonObject {
  return {
    node: { id: nodeId(proxy), cluster: nodeCluster(proxy) },
    admin: { address: socketAddress('127.0.0.1', adminPortOf(proxy)) },
    dynamic_resources: { lds_config: xdsSource, cds_config: xdsSource },
    static_resources: { clusters: [xdsCluster(xdsSocket)] },
    bootstrap_extensions: [
      {
        name: 'envoy.bootstrap.internal_listener',
        typed_config: typed('envoy.extensions.bootstrap.internal_listener.v3.InternalListener'),
      },
    ],
    stats_config: statsConfig,
    // Histograms are read as of the last flush; whoever looks at them has just sent a request.
    stats_flush_interval: '1s',
    layered_runtime: {
      layers: [
        { name: 'mesh101', static_layer: TRACING_RUNTIME },
        { name: 'admin', admin_layer: {} },
      ],
    },
    overload_manager: connectionLimit,
  };
}

/** Without a limit Envoy warns at every start. */
const connectionLimit: JsonObject = {
  resource_monitors: [
    {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      typed_config: typed(
        'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        {
          max_active_downstream_connections: MAX_CONNECTIONS,
        },
      ),
    },
  ],
};

/** As in Istio: `sidecar~ADDRESS~POD.NAMESPACE~NAMESPACE.svc.cluster.local`. */
export function nodeId(proxy: MeshProxy): string {
  const { type, name, namespace } = identityOf(proxy);
  return `${type}~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`;
}

/** The service's name in traces (meshConfig's tracingServiceName, by default APP_LABEL_AND_NAMESPACE). */
function nodeCluster(proxy: MeshProxy): string {
  const { app, namespace } = identityOf(proxy);
  return `${app}.${namespace}`;
}

function identityOf(proxy: MeshProxy): { type: string; name: string; namespace: string; app: string } {
  switch (proxy.role) {
    case 'sidecar': {
      const { name, namespace, labels, workload = name } = proxy.pod;
      return { type: 'sidecar', name, namespace, app: labels['app'] ?? workload };
    }
    case 'gateway': {
      const { name, namespace, labels, workload = name } = proxy.gateway;
      return { type: 'router', name, namespace, app: labels['app'] ?? workload };
    }
    case 'kube-proxy':
      return { type: 'kube-proxy', name: 'kube-proxy', namespace: 'kube-system', app: 'kube-proxy' };
  }
}

export function adminPortOf(proxy: MeshProxy): number {
  switch (proxy.role) {
    case 'sidecar':
      return proxy.sidecar.adminPort;
    case 'gateway':
      return proxy.gateway.adminPort;
    case 'kube-proxy':
      return proxy.kubeProxy.adminPort;
  }
}
