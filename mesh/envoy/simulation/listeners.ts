import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';
import { HTTP_PROXY } from '#mesh/envoy/names.ts';
import { kubeProxyRoutesName } from '#mesh/envoy/routes/kube-proxy-routes.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/envoy/simulation/read.ts';
import type { SimulatedRequest } from '#mesh/envoy/simulation/request.ts';
import type { Proxy as MeshProxy } from '#mesh/model/mesh.ts';

export interface Entrance {
  readonly proxy: MeshProxy;
  readonly request: SimulatedRequest;
  /** The caller's, when kube-proxy is its proxy. */
  readonly namespace?: string;
}

/** The listener that a request reaches: a program's HTTP proxy, or a gateway's port, declared or bound. */
export function listenerFor(
  config: EnvoyConfig,
  { proxy, request, namespace = '' }: Entrance,
): JsonObject | undefined {
  const called = (name: string) => config.listeners.find((listener) => listener['name'] === name);
  switch (proxy.role) {
    case 'sidecar':
      return called(HTTP_PROXY);
    case 'kube-proxy':
      return called(kubeProxyRoutesName(namespace));
    case 'gateway':
      return (
        called(`0.0.0.0_${request.port}`) ??
        config.listeners.find((listener) => boundPort(listener) === request.port)
      );
  }
}

export function boundPort(listener: JsonObject): number | undefined {
  return numberAt(listener, 'address', 'socket_address', 'port_value');
}

/** The filter chain that a server name selects; the only one of a listener without TLS. */
export function filterChainFor(listener: JsonObject, host: string): JsonObject | undefined {
  const chains = listAt(listener, 'filter_chains');
  const named = (accepts: (name: string) => boolean) =>
    chains.find((chain) => serverNames(chain).some(accepts));
  return (
    named((name) => name === host) ??
    named((name) => name.startsWith('*') && host.endsWith(name.slice(1))) ??
    chains.find((chain) => serverNames(chain).length === 0)
  );
}

function serverNames(chain: JsonObject): readonly string[] {
  const names = at(chain, 'filter_chain_match', 'server_names');
  return Array.isArray(names) ? names.map(String) : [];
}

/** The route configuration that a filter chain's HTTP connection manager uses. */
export function routesOf(chain: JsonObject, config: EnvoyConfig): JsonObject | undefined {
  const manager = objectAt(chain, 'filters', 0, 'typed_config');
  const name = textAt(manager, 'rds', 'route_config_name');
  return name === undefined ? undefined : config.routes[name];
}
