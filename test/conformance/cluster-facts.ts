/** What of a cluster in Envoy's configuration says how it behaves, as dotted paths with their values. */
export function clusterFacts(cluster: unknown): Record<string, unknown> | 'none' {
  if (cluster === undefined) return 'none';
  const all = cluster as Tree;
  const options = at(all, 'typed_extension_protocol_options', HTTP_OPTIONS) ?? {};
  const picked: Tree = {
    ...Object.fromEntries(PLAIN.map((name) => [name, all[name]])),
    // Endpoints come by another way on the laptop.
    type: all['type'] === 'STATIC' ? 'EDS' : all['type'],
    lb_policy: all['lb_policy'] ?? 'ROUND_ROBIN',
    panic: at(all, 'common_lb_config', 'healthy_panic_threshold'),
    thresholds: without(first(at(all, 'circuit_breakers', 'thresholds')) as Tree, 'track_remaining'),
    tcp_keepalive: at(all, 'upstream_connection_options', 'tcp_keepalive'),
    http: without(options as Tree, '@type'),
    tls: transportSockets(all).map(tlsFacts),
  };
  return Object.fromEntries([...leaves(picked, '')].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Paths whose values differ, told for people. */
export function clusterDifferences(
  recorded: Record<string, unknown> | 'none',
  seen: Record<string, unknown> | 'none',
) {
  if (recorded === 'none' || seen === 'none') {
    return recorded === seen
      ? []
      : [`Istio ${recorded === 'none' ? 'lacks' : 'has'} the cluster, the laptop does not`];
  }
  return [...new Set([...Object.keys(recorded), ...Object.keys(seen)])]
    .filter((path) => recorded[path] !== seen[path])
    .sort()
    .map((path) => `${path}: Istio ${recorded[path] ?? 'unset'}, laptop ${seen[path] ?? 'unset'}`);
}

type Tree = Readonly<Record<string, unknown>>;
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const PLAIN = [
  ...['ring_hash_lb_config', 'maglev_lb_config', 'least_request_lb_config', 'round_robin_lb_config'],
  ...['load_balancing_policy', 'connect_timeout', 'outlier_detection', 'max_requests_per_connection'],
  ...['preconnect_policy', 'close_connections_on_host_health_failure'],
];

function at(tree: Tree, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Tree | undefined)?.[name], tree);
}

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

function without(tree: Tree | undefined, name: string): Tree {
  return Object.fromEntries(Object.entries(tree ?? {}).filter(([key]) => key !== name));
}

function transportSockets(cluster: Tree): Tree[] {
  const matches = (cluster['transport_socket_matches'] ?? []) as Tree[];
  const sockets = matches.map((match) => match['transport_socket'] as Tree);
  return sockets.length > 0 ? sockets : [cluster['transport_socket'] as Tree].filter(Boolean);
}

/** The names are written in an older and in a newer form. */
function tlsFacts(socket: Tree): Tree {
  const config = (socket['typed_config'] ?? {}) as Tree;
  const names = JSON.stringify(at(config, 'common_tls_context') ?? {});
  return {
    sni: config['sni'],
    type: `${config['@type'] ?? ''}`.split('.').at(-1),
    names: [...names.matchAll(/"(?:exact|prefix|suffix)":"([^"]*)"/g)]
      .map((match) => match[1])
      .sort()
      .join(' '),
  };
}

function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  if (value === undefined || value === null || value === '') return;
  if (typeof value !== 'object') return yield [path, value];
  for (const [key, member] of Object.entries(value))
    yield* leaves(member, path === '' ? key : `${path}.${key}`);
}
