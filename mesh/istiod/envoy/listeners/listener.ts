import { socketAddress } from '#mesh/istiod/envoy/clusters/endpoints.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';

export interface ListenerOptions {
  readonly name: string;
  readonly port: number;
  /** Of this machine; default 127.0.0.1. */
  readonly address?: string | undefined;
  readonly direction: 'INBOUND' | 'OUTBOUND';
}

/** A listener on the laptop itself; a second Envoy on the same port is an error, not a silent share of it. */
export function listener(
  { name, port, address = '127.0.0.1', direction }: ListenerOptions,
  fields: envoy.Listener,
): envoy.Listener {
  return {
    name,
    address: socketAddress(address, port),
    enable_reuse_port: false,
    traffic_direction: direction,
    ...fields,
  };
}

/** Looks whether a connection begins as HTTP does. */
export const httpInspector: envoy.ListenerFilter = {
  name: 'envoy.filters.listener.http_inspector',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector',
  },
};

/** What {@link httpInspector} says of connections that carry requests in plain text. */
export const PLAIN_HTTP: envoy.FilterChainMatch = {
  transport_protocol: 'raw_buffer',
  application_protocols: ['http/1.1', 'h2c'],
};

/** A listener that sniffs waits for the first bytes as long as they take: as in Istio, a server that speaks first waits in vain. */
export const unlimitedSniffing: envoy.Listener = {
  listener_filters_timeout: '0s',
  continue_on_listener_filters_timeout: true,
};

export const tlsInspector: envoy.ListenerFilter = {
  name: 'envoy.filters.listener.tls_inspector',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
  },
};

/** A filter chain, and the server names for which TLS greetings choose it; `*` for every connection. */
export interface NamedChain {
  readonly names: readonly string[];
  readonly chain: envoy.FilterChain;
}

/** Chains by server name. Envoy refuses a name that comes twice: the first chain has it. */
export function uniqueChains(chains: readonly NamedChain[]): envoy.FilterChain[] {
  const taken = new Set<string>();
  return chains.flatMap(({ names, chain }) => {
    const own = names.filter((name) => !taken.has(name));
    for (const name of own) taken.add(name);
    return own.length > 0 ? [{ ...nameMatch(own), ...chain }] : [];
  });
}

function nameMatch(names: readonly string[]): envoy.FilterChain {
  return names.includes('*') ? {} : { filter_chain_match: { server_names: names } };
}
