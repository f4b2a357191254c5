import { CONTROL_PLANE } from '#test/conformance/reference/addresses.ts';

export interface ProxyOptions {
  readonly kind: 'sidecar' | 'router';
  readonly address: string;
  readonly pod: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const INTERNAL_LISTENER =
  'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener';

const RUNTIME = {
  're2.max_program_size.error_level': '32768',
  'envoy.reloadable_features.http_reject_path_with_fragment': false,
};

/** What an Envoy starts with to be a pod's proxy: its name for istiod, and where istiod and the certificates are. */
export function bootstrap({ kind, address, pod, namespace, labels, serviceAccount }: ProxyOptions): object {
  const metadata = {
    ...{
      NAMESPACE: namespace,
      NAME: pod,
      CLUSTER_ID: 'Kubernetes',
      ISTIO_VERSION: '1.31.0',
      MESH_ID: 'cluster.local',
    },
    ...{ SERVICE_ACCOUNT: serviceAccount, LABELS: labels, INSTANCE_IPS: address, WORKLOAD_NAME: pod },
    ...{ INTERCEPTION_MODE: 'REDIRECT', ENABLE_HBONE: 'false' },
  };
  const ads = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };
  const api = {
    ...{ api_type: 'DELTA_GRPC', transport_api_version: 'V3', set_node_on_first_message_only: true },
    grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
  };
  const id = `${kind}~${address}~${pod}.${namespace}~${namespace}.svc.cluster.local`;
  return {
    node: { id, cluster: `${pod}.${namespace}`, metadata },
    admin: { address: socketAddress('127.0.0.1', 15000) },
    bootstrap_extensions: [
      { name: 'envoy.bootstrap.internal_listener', typed_config: { '@type': INTERNAL_LISTENER } },
    ],
    // As pilot-agent sets it.
    layered_runtime: { layers: [{ name: 'global config', static_layer: RUNTIME }] },
    dynamic_resources: { lds_config: ads, cds_config: ads, ads_config: api },
    static_resources: {
      clusters: [
        cluster('xds-grpc', CONTROL_PLANE, 15010),
        cluster('sds-grpc', CONTROL_PLANE, 15013),
        ...['prometheus_stats', 'agent'].map((name) => ({ ...cluster(name, '127.0.0.1', 15000) })),
      ],
    },
  };
}

function cluster(name: string, address: string, port: number): object {
  const endpoint = { endpoint: { address: socketAddress(address, port) } };
  const http2 = {
    '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
    explicit_http_config: { http2_protocol_options: {} },
  };
  return {
    ...{ name, type: 'STATIC', connect_timeout: '1s' },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
    ...(name.endsWith('-grpc') && { typed_extension_protocol_options: { [HTTP_OPTIONS]: http2 } }),
  };
}

function socketAddress(address: string, port: number) {
  return { socket_address: { address, port_value: port } };
}
