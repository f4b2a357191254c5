import { outsideClusters } from '#mesh/istiod/envoy/clusters/outside.ts';
import { plainClusters, serviceClusters } from '#mesh/istiod/envoy/clusters/service-clusters.ts';
import type { EnvoyConfig, ProxyResources } from '#mesh/istiod/envoy/config.ts';
import { policyClusters, policyConfiguration } from '#mesh/istiod/envoy/filters/policies.ts';
import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import { gatewayListener } from '#mesh/istiod/envoy/listeners/gateway.ts';
import {
  httpProxyListener,
  nodePortListeners,
  plainTcpListeners,
} from '#mesh/istiod/envoy/listeners/outbound.ts';
import { patchedClusters } from '#mesh/istiod/envoy/patches/clusters.ts';
import { patchedListeners } from '#mesh/istiod/envoy/patches/listeners.ts';
import { patchedRoutes } from '#mesh/istiod/envoy/patches/routes.ts';
import { gatewayRoutes } from '#mesh/istiod/envoy/routes/gateway-routes.ts';
import { kubeProxyRoutes, kubeProxyRoutesName } from '#mesh/istiod/envoy/routes/kube-proxy-routes.ts';
import { passthroughHosts } from '#mesh/istiod/envoy/routes/unknown-hosts.ts';
import { type ObserverOptions, type Scope, scopeOf, servicesAt } from '#mesh/istiod/envoy/scope.ts';
import { sidecarResources } from '#mesh/istiod/envoy/sidecar.ts';
import { zipkinCluster } from '#mesh/istiod/envoy/telemetry/tracing.ts';
import { type GatewayServer, type GatewayWorkload, gatewayPodPort } from '#mesh/istiod/model/gateway.ts';
import { isKubernetesService } from '#mesh/istiod/model/host-names.ts';
import type { KubeProxy, Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { routesRequests } from '#mesh/istiod/model/service.ts';
import { keepEqual } from '#mesh/keep-equal.ts';
import { areSame, once } from '#mesh/once.ts';

export interface EnvoyOptions extends ObserverOptions {
  /** What this Envoy had: a resource that has not changed is that very object, so that nobody looks into it again. */
  readonly before?: EnvoyConfig | undefined;
}

/**
 * The configuration of one Envoy of the mesh. Equal meshes give equal configuration; paths in it are relative to
 * the directory in which that Envoy runs.
 */
export function envoyFor(mesh: Mesh, proxy: MeshProxy, options: EnvoyOptions = {}): EnvoyConfig {
  const scope = scopeOf(mesh, proxy, options);
  const { routes, filters, ...rest } = patched(resourcesOf(proxy, scope), scope);
  const { zipkin, before } = options;
  const listeners = keepNamed(before?.listeners, uniqueByName(rest.listeners));
  const clusters = keepNamed(
    before?.clusters,
    uniqueByName([...rest.clusters, ...(zipkin ? [zipkinCluster(zipkin)] : [])]),
  );
  const told = new Set(clusters.filter(({ type }) => type === 'EDS').map(({ name }) => name));
  const endpoints = rest.endpoints.filter(({ cluster_name }) => told.has(cluster_name));
  return keepEqual(before, {
    listeners,
    clusters,
    endpoints: Object.fromEntries(endpoints.reverse().map((one) => [String(one['cluster_name']), one])),
    routes: Object.fromEntries(routes.map((route) => [String(route.name), route])),
    ...(filters && { filters }),
    secrets: secretNamesIn([...listeners, ...clusters]),
  });
}

/** The resources, each being the one of its name from before when it has not changed; if none has, the very list. */
function keepNamed<R extends JsonObject>(before: readonly R[] = [], now: readonly R[]): readonly R[] {
  const known = new Map(before.map((resource) => [resource['name'], resource]));
  const kept = now.map((resource) => keepEqual(known.get(resource['name']), resource));
  return areSame(before, kept) ? before : kept;
}

/** With what EnvoyFilters change. */
function patched(resources: ProxyResources, scope: Scope): ProxyResources {
  const patches = scope.patches;
  if (patches.length === 0) return resources;
  const isGateway = scope.role === 'gateway';
  const context = isGateway ? 'GATEWAY' : 'SIDECAR_OUTBOUND';
  const http = scope.mesh.services.flatMap(({ ports }) =>
    ports.filter(({ protocol }) => routesRequests(protocol)).map(({ number }) => number),
  );
  return {
    ...resources,
    listeners: patchedListeners(resources.listeners, { patches, isGateway, requestPorts: new Set(http) }),
    clusters: patchedClusters(resources.clusters, { patches, isGateway, servicesAt: servicesAt(scope) }),
    routes: resources.routes.map((routes) => patchedRoutes(routes, { patches, context })),
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
function uniqueByName<R extends JsonObject>(resources: readonly R[]): R[] {
  const byName = new Map<unknown, R>();
  for (const resource of resources) {
    const name = resource['name'];
    if (!byName.has(name)) {
      byName.set(name, resource);
    }
  }
  return [...byName.values()];
}

/** A gateway's Envoy: a listener and a route configuration for each of its ports. */
export function gatewayResources({ servers }: GatewayWorkload, scope: Scope): ProxyResources {
  const services = serviceClusters(scope);
  return {
    listeners: servers.map((server) => gatewayListener(server, scope)).filter((one) => one !== undefined),
    clusters: [
      ...outsideClusters([], scope.observer),
      ...services.map(({ cluster }) => cluster),
      ...policyClusters(scope),
    ],
    endpoints: services.flatMap(({ endpoints }) => (endpoints ? [endpoints] : [])),
    filters: policyConfiguration(scope, boundPorts(servers)),
    routes: servers.flatMap((server) => gatewayRoutes(server, scope)),
  };
}

/** Policies name the ports of the gateway's pod. */
function boundPorts(servers: readonly GatewayServer[]): ReadonlyMap<number, number> {
  return new Map(servers.map(({ port, localPort }) => [gatewayPodPort(port), localPort]));
}

/** The Envoy that plays kube-proxy: an HTTP proxy for each namespace, and the NodePorts. */
export function kubeProxyResources(kubeProxy: KubeProxy, scope: Scope): ProxyResources {
  const services = scope.mesh.services.filter(isKubernetesService);
  const plain = plainClusters(services);
  const namespaces = Object.entries(kubeProxy.outboundPorts);
  return {
    listeners: [
      ...namespaces.map(([namespace, port]) =>
        httpProxyListener({ name: kubeProxyRoutesName(namespace), port, observer: scope.observer }),
      ),
      ...nodePortListeners(kubeProxy, services),
      ...plainTcpListeners(kubeProxy.tcpPorts ?? {}, services),
    ],
    clusters: [
      ...outsideClusters(passthroughHosts(scope.mesh), scope.observer),
      ...plain.map(({ cluster }) => cluster),
    ],
    endpoints: plain.flatMap(({ endpoints }) => (endpoints ? [endpoints] : [])),
    routes: namespaces.map(([namespace]) => kubeProxyRoutes(scope.mesh, namespace)),
  };
}

/** The names of all secrets that generated resources read, sorted and each once. */
export function secretNamesIn(resources: readonly JsonObject[]): readonly string[] {
  return [...new Set(resources.flatMap(namesIn))].sort();
}

const namesIn = once((resource: JsonObject): readonly string[] => {
  const names = new Set<string>();
  collect(resource, names);
  return [...names];
});

function collect(value: Json | undefined, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  if ('sds_config' in value && typeof value['name'] === 'string') {
    names.add(value['name']);
    return;
  }
  for (const child of Object.values(value)) {
    collect(child, names);
  }
}
