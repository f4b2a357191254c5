import { outsideClusters } from '#mesh/istiod/envoy/clusters/outside.ts';
import { serviceClusters } from '#mesh/istiod/envoy/clusters/service-clusters.ts';
import {
  inboundCluster,
  sniffedTunnelClusters,
  tunnelCluster,
} from '#mesh/istiod/envoy/clusters/static-cluster.ts';
import type { ProxyResources } from '#mesh/istiod/envoy/config.ts';
import {
  connectionPolicies,
  policyClusters,
  policyConfiguration,
} from '#mesh/istiod/envoy/filters/policies.ts';
import type { BoundPorts } from '#mesh/istiod/envoy/filters/rbac/operations.ts';
import { inboundListener } from '#mesh/istiod/envoy/listeners/inbound.ts';
import { httpProxyListener, tcpListeners, tunnelListener } from '#mesh/istiod/envoy/listeners/outbound.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { HTTP_PROXY } from '#mesh/istiod/envoy/names.ts';
import { sidecarRoutes, sniffedRoutes } from '#mesh/istiod/envoy/routes/sidecar-routes.ts';
import { passthroughHosts } from '#mesh/istiod/envoy/routes/unknown-hosts.ts';
import {
  type InboundService,
  inboundProtocol,
  type Scope,
  serviceOf,
  trafficPolicyOf,
} from '#mesh/istiod/envoy/scope.ts';
import type { Proxy as MeshProxy, MtlsMode } from '#mesh/istiod/model/mesh.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import type { ConnectionPool } from '#mesh/istiod/model/traffic-policy.ts';

type Sidecar = Extract<MeshProxy, { readonly role: 'sidecar' }>;

/** A pod's Envoy: what goes out by the HTTP proxy, and what comes in at each of its ports. */
export function sidecarResources({ pod, sidecar }: Sidecar, scope: Scope): ProxyResources {
  const { observer } = scope;
  const isOpen = scope.mesh.outboundPolicy === 'ALLOW_ANY';
  const services = serviceClusters(scope);
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
      ...sniffedTunnelClusters(scope),
      ...inbound.map(({ cluster }) => cluster),
      ...services.map(({ cluster }) => cluster),
      ...policyClusters(scope),
    ],
    endpoints: services.flatMap(({ endpoints }) => (endpoints ? [endpoints] : [])),
    filters: policyConfiguration(scope, boundPorts(pod)),
    routes: [sidecarRoutes(pod, scope), ...sniffedRoutes(scope)],
  };
}

interface InboundPortOptions {
  readonly pod: Sidecar['pod'];
  readonly port: PodPort;
  readonly scope: Scope;
}

function inboundPair({ pod, port, scope }: InboundPortOptions): {
  listener: envoy.Listener;
  cluster: envoy.Cluster;
} {
  const { mesh } = scope;
  const ingress = mesh.ingress?.[`${pod.name}.${pod.namespace}`];
  const taken = ingress?.find(({ containerPort }) => containerPort === port.containerPort);
  // Of ports that its Sidecar does not name, a proxy knows no more than of undeclared ones.
  const target = ingress && !taken ? undefined : serviceOf(scope.registry, pod, port);
  const protocol = taken?.protocol ?? inboundProtocol(target);
  const mode = mtlsMode({ pod, port, scope });
  return {
    listener: inboundListener({
      port,
      mode,
      target,
      protocol,
      trustDomain: mesh.trustDomain,
      connectionFilters: connectionPolicies(scope, boundPorts(pod)),
      observer: scope.observer,
    }),
    cluster: inboundCluster({
      ...{ port, protocol },
      appPort: taken ? appPortOf(pod, taken.to) : port.appPort,
      pool: target && connectionPoolAt(target, scope),
    }),
  };
}

/** As the pod's own proxy sees its service: a rule may be for other namespaces. */
function connectionPoolAt(
  { service, port }: InboundService,
  { services }: Scope,
): ConnectionPool | undefined {
  const seen = services.get(service.host);
  const own = seen?.namespace === service.namespace ? seen : undefined;
  const found = own?.ports.find(({ number }) => number === port.number);
  return found && trafficPolicyOf(found).connectionPool;
}

/** A port that nobody listens at refuses connections, as one does that the pod's programs have left alone. */
const NOBODYS = 1;

function appPortOf({ ports }: Sidecar['pod'], containerPort: number): number {
  return ports.find((port) => port.containerPort === containerPort)?.appPort ?? NOBODYS;
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
