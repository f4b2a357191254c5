import { inboundCluster } from '#mesh/envoy/clusters/inbound-cluster.ts';
import { outsideClusters } from '#mesh/envoy/clusters/outside.ts';
import { serviceClusters } from '#mesh/envoy/clusters/service-clusters.ts';
import { tunnelCluster } from '#mesh/envoy/clusters/tunnel-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { connectionPolicies, policyClusters, policyConfiguration } from '#mesh/envoy/filters/policies.ts';
import type { BoundPorts } from '#mesh/envoy/filters/rbac/operations.ts';
import { inboundListener } from '#mesh/envoy/listeners/inbound.ts';
import { inboundProtocol, serviceOf } from '#mesh/envoy/listeners/inbound-service.ts';
import { httpProxyListener, tunnelListener } from '#mesh/envoy/listeners/outbound.ts';
import { tcpListeners } from '#mesh/envoy/listeners/outbound-tcp.ts';
import { HTTP_PROXY } from '#mesh/envoy/names.ts';
import { passthroughHosts } from '#mesh/envoy/passthrough-hosts.ts';
import type { ProxyResources } from '#mesh/envoy/resources.ts';
import { sidecarRoutes } from '#mesh/envoy/routes/sidecar-routes.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { Proxy as MeshProxy, MtlsMode } from '#mesh/model/mesh.ts';
import type { PodPort } from '#mesh/model/pod.ts';

type Sidecar = Extract<MeshProxy, { readonly role: 'sidecar' }>;

/** A pod's Envoy: what goes out by the HTTP proxy, and what comes in at each of its ports. */
export function sidecarResources({ pod, sidecar }: Sidecar, scope: Scope): ProxyResources {
  const { observer } = scope;
  const isOpen = scope.mesh.outboundPolicy === 'ALLOW_ANY';
  const inbound = pod.ports.map((port) => inboundPair({ pod, port, scope }));
  return {
    listeners: [
      httpProxyListener({ name: HTTP_PROXY, port: sidecar.outboundPort, observer }),
      tunnelListener(HTTP_PROXY, observer),
      ...tcpListeners(sidecar.tcpPorts ?? {}, scope),
      ...inbound.map(({ listener }) => listener),
    ],
    clusters: [
      ...outsideClusters(isOpen ? passthroughHosts(scope.mesh) : scope.mesh.standIns, observer),
      tunnelCluster,
      ...inbound.map(({ cluster }) => cluster),
      ...serviceClusters(scope.mesh.services, observer),
      ...policyClusters(scope),
    ],
    filters: policyConfiguration(scope, boundPorts(pod)),
    routes: [sidecarRoutes(scope)],
  };
}

interface InboundPortOptions {
  readonly pod: Sidecar['pod'];
  readonly port: PodPort;
  readonly scope: Scope;
}

function inboundPair({ pod, port, scope }: InboundPortOptions): {
  listener: JsonObject;
  cluster: JsonObject;
} {
  const { mesh } = scope;
  const target = serviceOf(mesh, pod, port);
  const mode = mtlsMode({ pod, port, scope });
  return {
    listener: inboundListener({
      port,
      mode,
      target,
      trustDomain: mesh.trustDomain,
      connectionFilters: connectionPolicies(scope, boundPorts(pod)),
      observer: scope.observer,
    }),
    cluster: inboundCluster(port, inboundProtocol(target)),
  };
}

/** Policies name the program's port; connections arrive at the one that its sidecar has bound. */
function boundPorts({ ports }: Sidecar['pod']): BoundPorts {
  return new Map(ports.map(({ containerPort, inboundPort }) => [containerPort, inboundPort]));
}

/** PERMISSIVE where no PeerAuthentication says otherwise, as in Istio. */
function mtlsMode({ pod, port, scope }: InboundPortOptions): MtlsMode {
  const authentication = scope.mesh.peerAuthentication[`${pod.name}.${pod.namespace}`];
  return authentication?.portLevel[port.containerPort] ?? authentication?.mode ?? 'PERMISSIVE';
}
