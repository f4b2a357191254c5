import { socketAddress } from '#mesh/envoy/clusters/endpoints.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';

export interface ListenerOptions {
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly direction: 'INBOUND' | 'OUTBOUND';
}

/** A listener on the laptop itself; a second Envoy on the same port is an error, not a silent share of it. */
export function listener({ name, port, direction }: ListenerOptions, fields: JsonObject): JsonObject {
  return {
    name,
    address: socketAddress('127.0.0.1', port),
    enable_reuse_port: false,
    traffic_direction: direction,
    ...fields,
  };
}

export const tlsInspector: JsonObject = {
  name: 'envoy.filters.listener.tls_inspector',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
  },
};
