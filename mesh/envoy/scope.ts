import { type Observer, type ObserverOptions, observerOf } from '#mesh/envoy/observation/observer.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { Service, ServicePort } from '#mesh/model/service.ts';
import type { TrafficPolicy } from '#mesh/model/traffic-policy.ts';

/** The mesh as one proxy sees it. */
export interface Scope {
  readonly mesh: Mesh;
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

function workloadOf(proxy: MeshProxy): { namespace: string; labels: Labels } {
  switch (proxy.role) {
    case 'sidecar':
      return { namespace: proxy.pod.namespace, labels: proxy.pod.labels };
    case 'gateway':
      return { namespace: proxy.gateway.namespace, labels: proxy.gateway.labels };
    case 'kube-proxy':
      return { namespace: '', labels: {} };
  }
}

/** The policy for one destination; a subset without its own has its service's. */
export function trafficPolicyOf(port: ServicePort, subset = ''): TrafficPolicy {
  return port.trafficPolicies[subset] ?? port.trafficPolicies[''] ?? {};
}
