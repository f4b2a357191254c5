import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import type { ConnectionPool } from '#mesh/model/traffic-policy.ts';

/** Whole seconds, because sockets count in them. */
export function tcpKeepalive({ tcpKeepalive }: ConnectionPool): JsonObject {
  return tcpKeepalive
    ? {
        upstream_connection_options: {
          tcp_keepalive: present({
            keepalive_probes: tcpKeepalive.probes,
            keepalive_time: wholeSeconds(tcpKeepalive.time),
            keepalive_interval: wholeSeconds(tcpKeepalive.interval),
          }),
        },
      }
    : {};
}

function wholeSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.ceil(milliseconds / 1000);
}
