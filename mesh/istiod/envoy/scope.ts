import type { EnvoyPatch } from '#mesh/istiod/model/envoy-patch.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { type Labels, type Pod, type PodPort, tcpPortKey } from '#mesh/istiod/model/pod.ts';
import type { Protocol, Service, ServicePort } from '#mesh/istiod/model/service.ts';
import {
  DEFAULT_SIDE,
  DEFAULT_TELEMETRY,
  type SideTelemetry,
  type WorkloadTelemetry,
} from '#mesh/istiod/model/telemetry.ts';
import type { TrafficPolicy } from '#mesh/istiod/model/traffic-policy.ts';
import { type WorkloadIdentity, workloadIdentity } from '#mesh/istiod/model/workload-identity.ts';
import { once } from '#mesh/once.ts';
import { ownValue } from '#mesh/own-value.ts';

/** The mesh as one proxy sees it. */
export interface Scope {
  /** With the proxy's own view of it. */
  readonly mesh: Mesh;
  /** Every service, also those that the proxy does not see: it may stand in front of one. */
  readonly registry: readonly Service[];
  /** The workload's `name.namespace`, by which the mesh keeps what holds for it. */
  readonly proxyName: string;
  readonly services: ReadonlyMap<string, Service>;
  readonly role: MeshProxy['role'];
  /** Short host names mean services of this namespace. */
  readonly namespace: string;
  /** What a VirtualService's sourceLabels are compared with. */
  readonly labels: Labels;
  /** The ports that this sidecar has a sniffing listener for, from {@link tcpPortKey} to where that is bound. */
  readonly sniffed: ReadonlyMap<string, number>;
  /** The same for ports at which the name in a TLS greeting decides. */
  readonly named: ReadonlyMap<string, number>;
  /** What users change in its configuration. */
  readonly patches: readonly EnvoyPatch[];
  /** Who reports the proxy's requests; kube-proxy's are nobody's. */
  readonly observer: Observer | undefined;
}

export function scopeOf(mesh: Mesh, proxy: MeshProxy, options: ObserverOptions = {}): Scope {
  const workload = workloadOf(proxy);
  const seen = { ...mesh, ...ownValue(mesh.views ?? {}, workload.proxyName) };
  return {
    mesh: seen,
    registry: mesh.services,
    services: new Map(seen.services.map((service) => [service.host, service])),
    role: proxy.role,
    patches: ownValue(mesh.patches ?? {}, workload.proxyName) ?? [],
    ...workload,
    sniffed: localPorts(sniffedPorts(seen), proxy),
    named: localPorts(namedPorts(seen), proxy),
    observer: observerOf(mesh, proxy, options),
  };
}

function sniffedPorts({ services }: Mesh): readonly string[] {
  return services.flatMap(({ host, ports }) =>
    ports.filter(({ protocol }) => protocol === 'AUTO').map(({ number }) => tcpPortKey(host, number)),
  );
}

function namedPorts({ connectionHosts = [] }: Mesh): readonly string[] {
  return connectionHosts
    .filter(({ routes }) => routes.some(({ serverNames }) => serverNames))
    .map(({ host, port }) => tcpPortKey(host, port));
}

function localPorts(keys: readonly string[], proxy: MeshProxy): ReadonlyMap<string, number> {
  const { tcpPorts = {} } = proxy.role === 'sidecar' ? proxy.sidecar : {};
  return new Map(
    keys.flatMap((key) => {
      const local = ownValue(tcpPorts, key);
      return local === undefined ? [] : [[key, local] as const];
    }),
  );
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
  return ownValue(port.trafficPolicies, subset) ?? port.trafficPolicies[''] ?? {};
}

/** Who reports, what is to be reported, and to whom. */
export interface Observer {
  readonly identity: WorkloadIdentity;
  readonly telemetry: WorkloadTelemetry;
  /** Istio's meshConfig.trustDomain, which is the mesh's id as well. */
  readonly trustDomain: string;
  /** Where spans go; without it none are made. */
  readonly zipkin?: ZipkinCollector;
  /** Whether Istio's standard metrics are counted. */
  readonly metrics: boolean;
}

export interface ObserverOptions {
  readonly zipkin?: ZipkinCollector;
  readonly metrics?: boolean;
}

/** The workload that a proxy reports for; kube-proxy is none. */
export function observerOf(mesh: Mesh, proxy: MeshProxy, options: ObserverOptions): Observer | undefined {
  if (proxy.role === 'kube-proxy') return undefined;
  const workload = proxy.role === 'sidecar' ? proxy.pod : proxy.gateway;
  const { zipkin, metrics = false } = options;
  return {
    identity: identityOf(workload),
    telemetry: mesh.telemetry?.[`${workload.name}.${workload.namespace}`] ?? DEFAULT_TELEMETRY,
    trustDomain: mesh.trustDomain,
    metrics,
    ...(zipkin && { zipkin }),
  };
}

const identityOf = once(workloadIdentity);

/** On which side of a connection a proxy stands: it makes it for its workload, or takes it for it. */
export type Side = { readonly kind: 'client' } | ServerSide;

export interface ServerSide {
  readonly kind: 'server';
  /** The service that led here, when one does. */
  readonly target: InboundService | undefined;
  readonly security: 'mutual_tls' | 'none';
}

export const CLIENT: Side = { kind: 'client' };

export function sideTelemetry(observer: Observer | undefined, side: Side): SideTelemetry {
  return observer?.telemetry[side.kind] ?? DEFAULT_SIDE;
}

export interface InboundService {
  readonly service: Service;
  readonly port: ServicePort;
}

/** The service that leads to a pod's port; the first one, where several do. */
export function serviceOf(
  services: readonly Service[],
  pod: Pod,
  podPort: PodPort,
): InboundService | undefined {
  const name = `${pod.name}.${pod.namespace}`;
  for (const service of services) {
    const endpoint = service.endpoints.find((candidate) => candidate.pod === name);
    const port = service.ports.find(({ number }) => endpoint?.ports[number] === podPort.inboundPort);
    if (port) {
      return { service, port };
    }
  }
  return undefined;
}

/** By a port of the proxy's pod the services that lead there. */
export function servicesAt({ mesh, registry, proxyName }: Scope): (podPort: number) => readonly Service[] {
  const pod = mesh.pods.find((one) => `${one.name}.${one.namespace}` === proxyName);
  return (podPort) => {
    const bound = pod?.ports.find(({ containerPort }) => containerPort === podPort)?.inboundPort;
    return registry.filter(({ endpoints }) => {
      const endpoint = endpoints.find((one) => one.pod === proxyName);
      return endpoint !== undefined && Object.values(endpoint.ports).some((port) => port === bound);
    });
  };
}

/** A port that no service knows is sniffed. */
export function inboundProtocol(target: InboundService | undefined): Protocol {
  return target?.port.protocol ?? 'AUTO';
}

/**
 * Where the Envoys of a mesh send their spans: a server that takes Zipkin v2 JSON, such as the embedded trace
 * collector, Zipkin itself or a Jaeger with its Zipkin port open.
 */
export interface ZipkinCollector {
  readonly host: string;
  readonly port: number;
  /** Path that takes spans, `/api/v2/spans`. */
  readonly path: string;
}
