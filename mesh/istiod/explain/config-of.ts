import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import type { KubeProxy, Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import { once } from '#mesh/once.ts';

const known = new WeakMap<Mesh, WeakMap<object, EnvoyConfig>>();

/**
 * The configuration of an Envoy, made once for each mesh and proxy: thousands of requests are explained with the same. A mesh
 * and what it holds never change; another state is another mesh.
 */
export function configOf(mesh: Mesh, proxy: MeshProxy): EnvoyConfig {
  const ofMesh = known.get(mesh) ?? new WeakMap<object, EnvoyConfig>();
  known.set(mesh, ofMesh);
  const key = keyOf(proxy);
  const config = ofMesh.get(key) ?? envoyFor(mesh, proxy);
  ofMesh.set(key, config);
  return config;
}

function keyOf(proxy: MeshProxy): object {
  switch (proxy.role) {
    case 'sidecar':
      return proxy.pod;
    case 'gateway':
      return proxy.gateway;
    case 'kube-proxy':
      return proxy.kubeProxy;
  }
}

/** The proxy through which a pod sends. Without a sidecar that is kube-proxy, whose ports do not matter to an explanation. */
export function proxyOfPod(mesh: Mesh, pod: Pod): MeshProxy {
  return pod.sidecar ? { role: 'sidecar', pod, sidecar: pod.sidecar } : kubeProxyOf(mesh, pod.namespace);
}

/** The same one for each namespace, as its configuration is kept by it. */
export function kubeProxyOf(mesh: Mesh, namespace: string): MeshProxy {
  const ofMesh = kubeProxies(mesh);
  const kubeProxy = ofMesh.get(namespace) ?? { outboundPorts: { [namespace]: 0 }, nodePorts: {} };
  ofMesh.set(namespace, kubeProxy);
  return { role: 'kube-proxy', kubeProxy };
}

const kubeProxies = once((_: Mesh) => new Map<string, KubeProxy>());
