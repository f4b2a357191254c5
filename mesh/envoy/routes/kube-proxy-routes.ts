import type { JsonObject } from '#mesh/envoy/config.ts';
import { HTTP_PROXY } from '#mesh/envoy/names.ts';
import { isKubernetesService } from '#mesh/envoy/routes/domains.ts';
import { opaqueHost } from '#mesh/envoy/routes/opaque-host.ts';
import { unknownHosts } from '#mesh/envoy/routes/unknown-hosts.ts';
import { virtualHosts } from '#mesh/envoy/routes/virtual-host.ts';
import type { Mesh } from '#mesh/model/mesh.ts';

export function kubeProxyRoutesName(namespace: string): string {
  return `${HTTP_PROXY}.${namespace}`;
}

/** What Kubernetes alone does for a pod of this namespace: services by name, pods by address, everything else to the
 * outside. */
export function kubeProxyRoutes(mesh: Mesh, namespace: string): JsonObject {
  return {
    name: kubeProxyRoutesName(namespace),
    virtual_hosts: virtualHosts([
      ...mesh.services
        .filter(isKubernetesService)
        .flatMap((service) =>
          service.ports.map(({ number: port }) => opaqueHost({ service, port, namespace })),
        ),
      ...unknownHosts('ALLOW_ANY', mesh),
    ]),
    validate_clusters: false,
  };
}
