import type { JsonObject } from '#mesh/envoy/config.ts';
import { httpConnection, outsideFilters, routesByFile } from '#mesh/envoy/listeners/http-connection.ts';
import { listener } from '#mesh/envoy/listeners/listener.ts';
import { HTTP_TUNNEL, statName } from '#mesh/envoy/names.ts';

export interface HttpProxyOptions {
  /** Of the listener and its route configuration. */
  readonly name: string;
  readonly port: number;
}

/** The HTTP proxy that programs are told of: requests in absolute form, and CONNECT. */
export function httpProxyListener({ name, port }: HttpProxyOptions): JsonObject {
  return listener({ name, port, direction: 'OUTBOUND' }, { filter_chains: [{ filters: [routed(name)] }] });
}

/**
 * Where HTTP that came inside a CONNECT tunnel is unpacked: a listener without socket, which routes like the proxy.
 * Some clients tunnel everything, and their requests want routes as well.
 */
export function tunnelListener(routes: string): JsonObject {
  return {
    name: HTTP_TUNNEL,
    internal_listener: {},
    traffic_direction: 'OUTBOUND',
    filter_chains: [{ filters: [routed(routes)] }],
  };
}

function routed(routes: string): JsonObject {
  return httpConnection({
    stat_prefix: statName(`outbound_${routes}`),
    http_filters: outsideFilters,
    upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }],
    ...routesByFile(routes),
  });
}
