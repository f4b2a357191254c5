import type { JsonObject } from '#mesh/envoy/config.ts';
import { discoveredRoutes, httpConnection, outsideFilters } from '#mesh/envoy/listeners/http-connection.ts';
import { listener } from '#mesh/envoy/listeners/listener.ts';
import { HTTP_TUNNEL, statName } from '#mesh/envoy/names.ts';
import { observeHttp } from '#mesh/envoy/observation/observe.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { CLIENT } from '#mesh/envoy/observation/side.ts';

export interface HttpProxyOptions {
  /** Of the listener and its route configuration. */
  readonly name: string;
  readonly port: number;
  readonly observer: Observer | undefined;
}

/** The HTTP proxy that programs are told of: requests in absolute form, and CONNECT. */
export function httpProxyListener({ name, port, observer }: HttpProxyOptions): JsonObject {
  const filters = [routed(name, observer)];
  return listener({ name, port, direction: 'OUTBOUND' }, { filter_chains: [{ filters }] });
}

/**
 * Where HTTP that came inside a CONNECT tunnel is unpacked: a listener without socket, which routes like the proxy.
 * Some clients tunnel everything, and their requests want routes as well.
 */
export function tunnelListener(routes: string, observer: Observer | undefined): JsonObject {
  return {
    name: HTTP_TUNNEL,
    internal_listener: {},
    traffic_direction: 'OUTBOUND',
    filter_chains: [{ filters: [routed(routes, observer)] }],
  };
}

function routed(routes: string, observer: Observer | undefined): JsonObject {
  return httpConnection({
    stat_prefix: statName(`outbound_${routes}`),
    http_filters: outsideFilters,
    upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }],
    ...discoveredRoutes(routes),
    ...observeHttp(observer, CLIENT),
  });
}
