import { parse } from 'yaml';
import type { ObserverOptions } from '#mesh/istiod/envoy/scope.ts';
import type { KubeProxy, Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';

interface CaseDocument {
  readonly mesh: Mesh;
  /** Where spans go, and whether metrics are counted; neither by default. */
  readonly options?: ObserverOptions;
  readonly proxy:
    | { readonly role: 'sidecar' | 'gateway'; readonly name: string }
    | { readonly role: 'kube-proxy'; readonly kubeProxy: KubeProxy };
}

export interface Case {
  readonly mesh: Mesh;
  readonly proxy: MeshProxy;
  readonly options: ObserverOptions;
}

/** A golden case: a mesh, and the proxy whose configuration is looked at, by `name.namespace`. */
export function readCase(text: string): Case {
  const { mesh, proxy, options = {} } = parse(text, { merge: true }) as CaseDocument;
  return { mesh, proxy: proxyOf(mesh, proxy), options };
}

function proxyOf(mesh: Mesh, wanted: CaseDocument['proxy']): MeshProxy {
  if (wanted.role === 'kube-proxy') {
    return wanted;
  }
  const isWanted = (workload: { name: string; namespace: string }) =>
    `${workload.name}.${workload.namespace}` === wanted.name;
  const gateway = mesh.gateways.find(isWanted);
  const pod = mesh.pods.find(isWanted);
  if (wanted.role === 'gateway' && gateway) {
    return { role: 'gateway', gateway };
  }
  if (wanted.role === 'sidecar' && pod?.sidecar) {
    return { role: 'sidecar', pod, sidecar: pod.sidecar };
  }
  throw new Error(`the case has no ${wanted.role} ${wanted.name}`);
}
