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
}

export function scopeOf(mesh: Mesh, proxy: MeshProxy): Scope {
  return {
    mesh,
    services: new Map(mesh.services.map((service) => [service.host, service])),
    ...workloadOf(proxy),
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
