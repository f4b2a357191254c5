import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';
import { gatewayResources } from '#mesh/envoy/gateway.ts';
import { kubeProxyResources } from '#mesh/envoy/kube-proxy.ts';
import type { ObserverOptions } from '#mesh/envoy/observation/observer.ts';
import type { ProxyResources } from '#mesh/envoy/resources.ts';
import { type Scope, scopeOf } from '#mesh/envoy/scope.ts';
import { sidecarResources } from '#mesh/envoy/sidecar.ts';
import { secretNamesIn } from '#mesh/envoy/tls/secret-names.ts';
import { zipkinCluster } from '#mesh/envoy/tracing/zipkin.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';

/**
 * The configuration of one Envoy of the mesh. Equal meshes give equal configuration; paths in it are relative to
 * the directory in which that Envoy runs.
 */
export function envoyFor(mesh: Mesh, proxy: MeshProxy, options: ObserverOptions = {}): EnvoyConfig {
  const { listeners, routes, filters, ...rest } = resourcesOf(proxy, scopeOf(mesh, proxy, options));
  const { zipkin } = options;
  const clusters = uniqueByName([...rest.clusters, ...(zipkin ? [zipkinCluster(zipkin)] : [])]);
  return {
    listeners: uniqueByName(listeners),
    clusters,
    routes: Object.fromEntries(routes.map((route) => [String(route.name), route])),
    ...(filters && { filters }),
    secrets: secretNamesIn([listeners, clusters]),
  };
}

function resourcesOf(proxy: MeshProxy, scope: Scope): ProxyResources {
  switch (proxy.role) {
    case 'sidecar':
      return sidecarResources(proxy, scope);
    case 'gateway':
      return gatewayResources(proxy.gateway, scope);
    case 'kube-proxy':
      return kubeProxyResources(proxy.kubeProxy, scope);
  }
}

/** Envoy refuses two resources of one name, such as a host that two ServiceEntries declare: the first one stays. */
function uniqueByName(resources: readonly JsonObject[]): JsonObject[] {
  const byName = new Map<unknown, JsonObject>();
  for (const resource of resources) {
    const name = resource['name'];
    if (!byName.has(name)) {
      byName.set(name, resource);
    }
  }
  return [...byName.values()];
}
