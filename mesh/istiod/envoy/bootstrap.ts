import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { TRACING_RUNTIME } from '#mesh/istiod/envoy/telemetry/tracing.ts';
import { adsConfig, xdsCluster, xdsSource } from '#mesh/istiod/envoy/xds-source.ts';
import { clusterId, istioVersion, type Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';

export interface BootstrapOptions {
  readonly proxy: MeshProxy;
  /** The path of the Unix socket behind which the rest of the configuration is. */
  readonly xdsSocket: string;
  /** The path of the Unix socket for its admin interface, which only its user can open. */
  readonly adminSocket: string;
}

const MAX_CONNECTIONS = '65536';

/** What an Envoy needs to start; everything else comes from the runner. */
export function bootstrap({ proxy, xdsSocket, adminSocket }: BootstrapOptions): envoy.Bootstrap {
  return {
    node: { id: nodeId(proxy), cluster: nodeCluster(proxy), metadata: nodeMetadata(proxy) },
    admin: { address: { pipe: { path: adminSocket, mode: 0o600 } } },
    dynamic_resources: { ads_config: adsConfig, lds_config: xdsSource, cds_config: xdsSource },
    static_resources: { clusters: [xdsCluster(xdsSocket)] },
    bootstrap_extensions: [
      {
        name: 'envoy.bootstrap.internal_listener',
        typed_config: typed('envoy.extensions.bootstrap.internal_listener.v3.InternalListener'),
      },
    ],
    stats_config: statsConfig,
    // Histograms show the last flush; their readers have usually just sent a request.
    stats_flush_interval: '1s',
    layered_runtime: {
      layers: [
        { name: 'mesh101', static_layer: { ...ISTIO_RUNTIME, ...TRACING_RUNTIME } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    overload_manager: connectionLimit,
  };
}

/** Where Istio's proxies differ from Envoy by itself: larger regular expressions, and a path's fragment is cut off, not refused. */
const ISTIO_RUNTIME: JsonObject = {
  're2.max_program_size.error_level': 32_768,
  'envoy.reloadable_features.http_reject_path_with_fragment': false,
};

/** Without a limit Envoy warns at every start. */
const connectionLimit: envoy.OverloadManager = {
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

/** What istioctl looks for in a node's metadata. */
export function nodeMetadata(proxy: MeshProxy): JsonObject {
  const { name, namespace } = identityOf(proxy);
  return { NAME: name, NAMESPACE: namespace, CLUSTER_ID: clusterId, ISTIO_VERSION: istioVersion };
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

/**
 * Which parts of a stat's name become labels for Prometheus. Envoy's own rules stop at the first dot; names of the
 * mesh hold dots and end with a semicolon.
 */
export const statsConfig: envoy.StatsConfig = {
  use_all_default_tags: false,
  stats_tags: [
    { tag_name: 'cluster_name', regex: '^cluster\\.((.+?);\\.)' },
    { tag_name: 'http_conn_manager_prefix', regex: '^http\\.((.+?);\\.)' },
    { tag_name: 'response_code', regex: '_rq(_(\\d{3}))$' },
    { tag_name: 'response_code_class', regex: '_rq(_(\\dxx))$' },
  ],
};

export interface EnvoyArgumentsOptions {
  /** The bootstrap's file, seen from the directory in which Envoy runs. */
  readonly bootstrap: string;
  readonly logLevel?: string;
}

/**
 * The command line of an Envoy. One worker is plenty for a pod on a laptop. There is no hot restart, whose shared
 * memory would make two Envoys collide; a removed listener's connections are drained at once.
 */
export function envoyArguments({
  bootstrap,
  logLevel = 'warning',
}: EnvoyArgumentsOptions): readonly string[] {
  return [
    ...['--config-path', bootstrap],
    ...['--concurrency', '1'],
    '--disable-hot-restart',
    ...['--drain-strategy', 'immediate'],
    ...['--drain-time-s', '5'],
    ...['--file-flush-interval-msec', '100'],
    ...['--log-level', logLevel],
  ];
}
