import { outsideClusters } from '#mesh/envoy/clusters/outside.ts';
import { plainClusters } from '#mesh/envoy/clusters/service-clusters.ts';
import { nodePortListeners } from '#mesh/envoy/listeners/node-port.ts';
import { httpProxyListener } from '#mesh/envoy/listeners/outbound.ts';
import { plainTcpListeners } from '#mesh/envoy/listeners/outbound-tcp.ts';
import { passthroughHosts } from '#mesh/envoy/passthrough-hosts.ts';
import type { ProxyResources } from '#mesh/envoy/resources.ts';
import { isKubernetesService } from '#mesh/envoy/routes/domains.ts';
import { kubeProxyRoutes, kubeProxyRoutesName } from '#mesh/envoy/routes/kube-proxy-routes.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { KubeProxy } from '#mesh/model/mesh.ts';

/** The Envoy that plays kube-proxy: an HTTP proxy for each namespace, and the NodePorts. */
export function kubeProxyResources(kubeProxy: KubeProxy, scope: Scope): ProxyResources {
  const services = scope.mesh.services.filter(isKubernetesService);
  const namespaces = Object.entries(kubeProxy.outboundPorts);
  return {
    listeners: [
      ...namespaces.map(([namespace, port]) =>
        httpProxyListener({ name: kubeProxyRoutesName(namespace), port, observer: scope.observer }),
      ),
      ...nodePortListeners(kubeProxy, services),
      ...plainTcpListeners(kubeProxy.tcpPorts ?? {}, services),
    ],
    clusters: [...outsideClusters(passthroughHosts(scope.mesh), scope.observer), ...plainClusters(services)],
    routes: namespaces.map(([namespace]) => kubeProxyRoutes(scope.mesh, namespace)),
  };
}
