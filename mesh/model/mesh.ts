import type { ConnectionHost } from '#mesh/model/connection.ts';
import type { GatewayWorkload } from '#mesh/model/gateway.ts';
import type { Pod, TcpPorts } from '#mesh/model/pod.ts';
import type { WorkloadPolicies } from '#mesh/model/policy.ts';
import type { VirtualHost } from '#mesh/model/route.ts';
import type { Service } from '#mesh/model/service.ts';
import type { WorkloadTelemetry } from '#mesh/model/telemetry.ts';

/** Everything that the data plane needs to know, in the mesh's own nouns: no Istio and no Envoy types. */
export interface Mesh {
  readonly trustDomain: string;
  readonly outboundPolicy: OutboundPolicy;
  readonly pods: readonly Pod[];
  readonly gateways: readonly GatewayWorkload[];
  readonly services: readonly Service[];
  /** What sidecars route (VirtualServices on the gateway `mesh`, and the default route of every HTTP port). */
  readonly virtualHosts: readonly VirtualHost[];
  /** The same for ports that carry connections (TCP and TLS); those of a port that is missing go to its service. */
  readonly connectionHosts?: readonly ConnectionHost[];
  /** The mTLS mode that each pod's inbound listeners demand, from PeerAuthentication, by `name.namespace`. */
  readonly peerAuthentication: Readonly<Record<string, PeerAuthentication>>;
  /** What each pod and gateway lets through, by `name.namespace`; everything where it is missing. */
  readonly policies?: Readonly<Record<string, WorkloadPolicies>>;
  /** What each pod and gateway reports, from Telemetry, by `name.namespace`; Istio's defaults where it is missing. */
  readonly telemetry?: Readonly<Record<string, WorkloadTelemetry>>;
  /** Local processes that play outside hosts, from `host:port` to their address: used with ALLOW_ANY too. */
  readonly standIns: readonly StandIn[];
}

/** Istio's meshConfig.outboundTrafficPolicy.mode. */
export type OutboundPolicy = 'REGISTRY_ONLY' | 'ALLOW_ANY';

export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE';

export interface PeerAuthentication {
  readonly mode: MtlsMode;
  /** By the pod's containerPort. */
  readonly portLevel: Readonly<Record<number, MtlsMode>>;
}

export interface StandIn {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  readonly localPort: number;
  /** A PEM file with the authority of its certificates. */
  readonly roots?: string;
}

/** The three roles in which an Envoy serves the mesh. */
export type Proxy =
  | { readonly role: 'sidecar'; readonly pod: Pod; readonly sidecar: NonNullable<Pod['sidecar']> }
  | { readonly role: 'gateway'; readonly gateway: GatewayWorkload }
  | { readonly role: 'kube-proxy'; readonly kubeProxy: KubeProxy };

/**
 * The plain Envoy that plays kube-proxy for pods without sidecar and for NodePorts: round robin, plain text, no
 * routes, no policy.
 */
export interface KubeProxy {
  readonly adminPort: number;
  /** An HTTP proxy for each namespace, because short names mean that namespace's services. */
  readonly outboundPorts: Readonly<Record<string, number>>;
  /** From a declared nodePort to the local port that is bound (itself, when it is free). */
  readonly nodePorts: Readonly<Record<number, number>>;
  /** As a sidecar's. */
  readonly tcpPorts?: TcpPorts;
}
