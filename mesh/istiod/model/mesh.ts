import type { EnvoyPatch } from '#mesh/istiod/model/envoy-patch.ts';
import type { GatewayWorkload } from '#mesh/istiod/model/gateway.ts';
import type { Pod, TcpPorts } from '#mesh/istiod/model/pod.ts';
import type { WorkloadPolicies } from '#mesh/istiod/model/policy.ts';
import type { VirtualHost } from '#mesh/istiod/model/route.ts';
import type { Protocol, Service } from '#mesh/istiod/model/service.ts';
import type { WorkloadTelemetry } from '#mesh/istiod/model/telemetry.ts';
import type { ConnectionHost } from '#mesh/istiod/model/traffic-policy.ts';

/** Where requests and connections of a workload can go. */
export interface MeshView {
  readonly outboundPolicy: OutboundPolicy;
  readonly services: readonly Service[];
  /** What sidecars route (VirtualServices on the gateway `mesh`, and the default route of every HTTP port). */
  readonly virtualHosts: readonly VirtualHost[];
  /** The same for ports that carry connections (TCP and TLS); those of a port that is missing go to its service. */
  readonly connectionHosts?: readonly ConnectionHost[];
}

/**
 * Everything that the data plane needs to know, in the mesh's own nouns: no Istio and no Envoy types. As a view it is that of
 * a workload for which no object is meant in particular.
 */
export interface Mesh extends MeshView {
  readonly trustDomain: string;
  readonly pods: readonly Pod[];
  readonly gateways: readonly GatewayWorkload[];
  /** The views of pods and gateways that see something else, by `name.namespace`. */
  readonly views?: Readonly<Record<string, MeshView>>;
  /** What some pods' sidecars take for their programs, by `name.namespace`; every port as it is declared where one is missing. */
  readonly ingress?: Readonly<Record<string, readonly IngressListener[]>>;
  /** Whether callers use mutual TLS wherever a sidecar takes it, without being told; absent: they do. */
  readonly autoMtls?: boolean;
  /** The mTLS mode that each pod's inbound listeners demand, from PeerAuthentication, by `name.namespace`. */
  readonly peerAuthentication: Readonly<Record<string, PeerAuthentication>>;
  /** What each pod and gateway lets through, by `name.namespace`; everything where it is missing. */
  readonly policies?: Readonly<Record<string, WorkloadPolicies>>;
  /** What each pod and gateway reports, from Telemetry, by `name.namespace`; Istio's defaults where it is missing. */
  readonly telemetry?: Readonly<Record<string, WorkloadTelemetry>>;
  /** How users change the Envoys of pods and gateways, by `name.namespace`. */
  readonly patches?: Readonly<Record<string, readonly EnvoyPatch[]>>;
  /** Absent: there are none. */
  readonly credentials?: Credentials;
  /** Local processes that play outside hosts, from `host:port` to their address: used with ALLOW_ANY too. */
  readonly standIns: readonly StandIn[];
}

/** A port that a sidecar takes connections at, and where the program is that they are for. */
export interface IngressListener {
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** The pod's port, which may be another. */
  readonly to: number;
}

/** The Secrets that proxies can be given, as `namespace/name`. */
export interface Credentials {
  /** With a certificate and its key. */
  readonly certificates: readonly string[];
  /** With an authority's certificate; also those whose authority is in a Secret of this name and `-cacert`. */
  readonly roots: readonly string[];
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
  /** An HTTP proxy for each namespace, because short names mean that namespace's services. */
  readonly outboundPorts: Readonly<Record<string, number>>;
  /** From a declared nodePort to the local port that is bound (itself, when it is free). */
  readonly nodePorts: Readonly<Record<number, number>>;
  /** As a sidecar's. */
  readonly tcpPorts?: TcpPorts;
}

/** The Istio whose API the mesh carries out, and which its control plane says that it is. */
export const istioVersion = '1.32.0';

/** The one cluster of the mesh, by the name that Istio gives a cluster without name. */
export const clusterId = 'Kubernetes';
