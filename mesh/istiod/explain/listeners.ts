import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { HTTP_PROXY } from '#mesh/istiod/envoy/names.ts';
import { kubeProxyRoutesName } from '#mesh/istiod/envoy/routes/kube-proxy-routes.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { gatewayServicePort } from '#mesh/istiod/model/gateway.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { ownValue } from '#mesh/own-value.ts';

export interface Entrance {
  readonly mesh: Mesh;
  readonly proxy: MeshProxy;
  readonly request: SimulatedRequest;
  /** The caller's, when kube-proxy is its proxy. */
  readonly namespace?: string;
}

/** The listener that a request reaches: a program's HTTP proxy, or a gateway's port: its Service's, its pod's or the local one. */
export function listenerFor(
  config: EnvoyConfig,
  { mesh, proxy, request, namespace = '' }: Entrance,
): JsonObject | undefined {
  const called = (name: string) => config.listeners.find((listener) => listener['name'] === name);
  switch (proxy.role) {
    case 'sidecar':
      return request.scheme === 'tcp'
        ? tcpListener(config, { mesh, request, namespace: proxy.pod.namespace })
        : called(HTTP_PROXY);
    case 'kube-proxy':
      return called(kubeProxyRoutesName(namespace));
    case 'gateway':
      return (
        called(`0.0.0.0_${request.port}`) ??
        config.listeners.find((listener) => boundPort(listener) === request.port) ??
        called(`0.0.0.0_${gatewayServicePort(request.port)}`)
      );
  }
}

/** A sidecar has a listener for each port of a service that carries connections, by the service's address or its name. */
function tcpListener(
  { listeners }: EnvoyConfig,
  { mesh, request: { host, port }, namespace }: Pick<Entrance, 'mesh' | 'request'> & { namespace: string },
): JsonObject | undefined {
  const hosts = [host, `${host}.${namespace}.svc.cluster.local`, `${host}.svc.cluster.local`];
  const service = mesh.services.find((one) => hosts.includes(one.host));
  const names = [`${service?.clusterIP}_${port}`, `${service?.host}_${port}`];
  return listeners.find((listener) => names.includes(textAt(listener, 'name') ?? ''));
}

export function boundPort(listener: JsonObject): number | undefined {
  return numberAt(listener, 'address', 'socket_address', 'port_value');
}

/** The filter chain that a server name selects; the only one of a listener without TLS. An empty name: TLS asks for none. */
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
  return name === undefined ? undefined : ownValue(config.routes, name);
}
