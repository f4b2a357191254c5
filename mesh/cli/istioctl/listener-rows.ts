import { describeMatch } from '#mesh/cli/istioctl/route-rows.ts';
import { field, listField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';

const header = ['ADDRESSES', 'PORT', 'MATCH', 'DESTINATION'];

/** `istioctl proxy-config listeners`: a row for each filter chain. */
export function listenerRows(config: EnvoyConfig, port?: string): readonly (readonly string[])[] {
  const rows = config.listeners.flatMap(chainRows).filter((row) => port === undefined || row[1] === port);
  return [header, ...rows.sort((a, b) => (Number(a[1]) || 0) - (Number(b[1]) || 0))];
}

function chainRows(listener: JsonObject): readonly (readonly string[])[] {
  const address = field(listener, 'address', 'socket_address');
  // An internal listener has a name instead of an address.
  const place = address
    ? [textField(address, 'address'), textField(address, 'port_value')]
    : [textField(listener, 'name'), '-'];
  const fallback = field(listener, 'default_filter_chain');
  const chains = [...listField(listener, 'filter_chains'), ...(fallback ? [fallback] : [])];
  return chains.map((chain) => [
    ...place,
    describeChainMatch(field(chain, 'filter_chain_match')),
    destination(chain),
  ]);
}

function describeChainMatch(match: unknown): string {
  const names = listField(match, 'server_names').join(',');
  const transport = textField(match, 'transport_protocol');
  const protocols = listField(match, 'application_protocols').join(',');
  const port = textField(match, 'destination_port');
  const parts = [
    names && `SNI: ${names}`,
    transport && `Trans: ${transport}`,
    protocols && `App: ${protocols}`,
    port && `Addr: *:${port}`,
  ];
  return parts.filter(Boolean).join('; ') || 'ALL';
}

function destination(chain: unknown): string {
  for (const filter of listField(chain, 'filters')) {
    const config = field(filter, 'typed_config');
    const routeName = textField(config, 'rds', 'route_config_name');
    if (routeName) return `Route: ${routeName}`;
    const cluster = textField(config, 'cluster');
    if (cluster) return `Cluster: ${cluster}`;
    const weighted = listField(field(config, 'weighted_clusters'), 'clusters').map((one) =>
      textField(one, 'name'),
    );
    if (weighted.length > 0) return `Cluster: ${weighted.join(', ')}`;
    const inline = field(config, 'route_config');
    if (inline) return `Inline Route: ${describeInline(inline)}`;
  }
  return 'Non-HTTP/Non-TCP';
}

function describeInline(routes: unknown): string {
  return listField(routes, 'virtual_hosts')
    .map((host) =>
      listField(host, 'routes')
        .map((route) => describeMatch(field(route, 'match')))
        .join(', '),
    )
    .join('; ');
}
