import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { socketAddress } from '#mesh/envoy/clusters/endpoints.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { statName } from '#mesh/envoy/names.ts';

export interface StaticClusterOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** One local process, in plain text and without policy. */
export function staticCluster({ name, address, port }: StaticClusterOptions): JsonObject {
  const endpoint = { address: socketAddress(address, port) };
  return {
    name,
    alt_stat_name: statName(name),
    type: 'STATIC',
    connect_timeout: '10s',
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}
