import { type Observer, type ObserverOptions, observerOf } from '#mesh/envoy/observation/observer.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { Service, ServicePort } from '#mesh/model/service.ts';
import type { TrafficPolicy } from '#mesh/model/traffic-policy.ts';

/** The mesh as one proxy sees it. */
export interface Scope {
  readonly mesh: Mesh;
  /** The workload's `name.namespace`, by which the mesh keeps what holds for it. */
  readonly proxyName: string;
  readonly services: ReadonlyMap<string, Service>;
  /** Short host names mean services of this namespace. */
  readonly namespace: string;
  /** What a VirtualService's sourceLabels are compared with. */
  readonly labels: Labels;
  /** Who reports the proxy's requests; kube-proxy's are nobody's. */
  readonly observer: Observer | undefined;
}

export function scopeOf(mesh: Mesh, proxy: MeshProxy, options: ObserverOptions = {}): Scope {
  return {
    mesh,
    services: new Map(mesh.services.map((service) => [service.host, service])),
    ...workloadOf(proxy),
    observer: observerOf(mesh, proxy, options),
  };
}

function workloadOf(proxy: MeshProxy): Pick<Scope, 'proxyName' | 'namespace' | 'labels'> {
  switch (proxy.role) {
    case 'sidecar':
      return named(proxy.pod);
    case 'gateway':
      return named(proxy.gateway);
    case 'kube-proxy':
      return { proxyName: '', namespace: '', labels: {} };
  }
}

function named({ name, namespace, labels }: { name: string; namespace: string; labels: Labels }) {
  return { proxyName: `${name}.${namespace}`, namespace, labels };
}

/** The policy for one destination; a subset without its own has its service's. */
export function trafficPolicyOf(port: ServicePort, subset = ''): TrafficPolicy {
  return port.trafficPolicies[subset] ?? port.trafficPolicies[''] ?? {};
}
