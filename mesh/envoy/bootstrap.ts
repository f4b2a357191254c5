import { socketAddress } from '#mesh/envoy/clusters/endpoints.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { CLUSTERS_FILE, fileSource, LISTENERS_FILE } from '#mesh/envoy/file-source.ts';
import { typed } from '#mesh/envoy/json.ts';
import { statsConfig } from '#mesh/envoy/stats.ts';
import { TRACING_RUNTIME } from '#mesh/envoy/tracing/zipkin.ts';
import type { Proxy as MeshProxy } from '#mesh/model/mesh.ts';

export interface BootstrapOptions {
  readonly proxy: MeshProxy;
}

const MAX_CONNECTIONS = '65536';

/** What an Envoy is started with; everything else it reads from files in its working directory. */
export function bootstrap({ proxy }: BootstrapOptions): JsonObject {
  return {
    node: node(proxy),
    admin: { address: socketAddress('127.0.0.1', adminPortOf(proxy)) },
    dynamic_resources: { lds_config: fileSource(LISTENERS_FILE), cds_config: fileSource(CLUSTERS_FILE) },
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

/**
 * Names as in Istio: `sidecar~ADDRESS~POD.NAMESPACE~NAMESPACE.svc.cluster.local`; `cluster` is the service in traces
 * (meshConfig's tracingServiceName, by default APP_LABEL_AND_NAMESPACE).
 */
function node(proxy: MeshProxy): JsonObject {
  const { type, name, namespace, app } = identityOf(proxy);
  return {
    id: `${type}~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${app}.${namespace}`,
  };
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
