import type { Position } from '#mesh/diagnostic.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import type { Subset, TrafficPolicy } from '#mesh/istiod/model/traffic-policy.ts';

/**
 * The protocol that Istio selects from `appProtocol`, the port's name (`http-web`) or a ServiceEntry's `protocol`; AUTO where
 * these say nothing: each connection's first bytes decide whether it carries HTTP.
 */
export type Protocol = 'HTTP' | 'HTTP2' | 'GRPC' | 'HTTPS' | 'TLS' | 'TCP' | 'AUTO';

/** Whether a port is declared to carry requests, and nothing else. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC';
}

/** Whether requests to such a port are routed one by one. */
export function routesRequests(protocol: Protocol): boolean {
  return isHttp(protocol) || protocol === 'AUTO';
}

/** A destination in the registry: a Kubernetes Service, or one host of a ServiceEntry. */
export interface Service {
  /** The name in cluster names: `middleware.default.svc.cluster.local`, `time.jsontest.com`. */
  readonly host: string;
  /** For Kubernetes Services: the short name and its namespace, from which DNS's search list makes further names. */
  readonly name: string;
  readonly namespace: string;
  readonly location: 'MESH_INTERNAL' | 'MESH_EXTERNAL';
  readonly ports: readonly ServicePort[];
  readonly subsets: readonly Subset[];
  readonly endpoints: readonly Endpoint[];
  /** `metadata.name`, `namespace` and position of what declares the service. */
  readonly source: Position;
  /** Where the DestinationRule is, when there is one. */
  readonly destinationRule?: {
    readonly name: string;
    readonly namespace: string;
    readonly source: Position;
    /** Whether it is for certain workloads only. */
    readonly selects?: true;
  };
  /** Names of which a server must prove one, beside its endpoints' identities. */
  readonly subjectAltNames?: readonly string[];
  /** Kubernetes Services that are other names of this one. */
  readonly aliases?: readonly Pick<Service, 'name' | 'namespace' | 'host'>[];
  /** Whether callers without sidecar always get the same pod. */
  readonly isSticky?: true;
  /** Addresses by which requests may ask for it as well. */
  readonly addresses?: readonly string[];
  /** Its endpoints are names to look up, each for itself, or one for what DNS says at the moment; absent: addresses. */
  readonly resolution?: 'DNS' | 'DNS_ROUND_ROBIN';
  /** Each request goes to the host that it names, wherever that is. */
  readonly isByRequest?: true;
  /** Routes lead there, but the proxy does not know the host itself. */
  readonly byRoutesAlone?: true;
  /** Fictitious on the laptop: shown by `get svc` and in `*_SERVICE_HOST`. */
  readonly clusterIP?: string;
}

export interface ServicePort {
  readonly number: number;
  readonly name: string;
  readonly protocol: Protocol;
  readonly nodePort?: number;
  /** The service's traffic policy at this port, by subset name; the key '' is the service without subset. */
  readonly trafficPolicies: Readonly<Record<string, TrafficPolicy>>;
}

/** Where a service's requests go: a pod, or an outside host. */
export interface Endpoint {
  /** An address to connect to: 127.0.0.1 for pods and stand-ins, a host name or address for the real outside. */
  readonly address: string;
  /** From the service's port number to the port to connect to. */
  readonly ports: Readonly<Record<number, number>>;
  readonly labels: Labels;
  readonly weight?: number;
  /** SPIFFE identity that its certificate must carry; absent for endpoints without sidecar. */
  readonly identity?: string;
  /** A PEM file: who vouches for it in place of the operating system's authorities. */
  readonly roots?: string;
  /** Whether a sidecar with mutual TLS is in front of it. */
  readonly mutualTls: boolean;
  /** The service's ports at which that sidecar takes plain text only. */
  readonly plainPorts?: readonly number[];
  /** The pod behind it, as `name.namespace`. */
  readonly pod?: string;
  /** The pod's Deployment. */
  readonly workload?: string;
  /** A pod that is not ready stays known, but gets no traffic. */
  readonly ready: boolean;
}
