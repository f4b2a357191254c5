/** Labels as on a Kubernetes object's metadata. */
export type Labels = Readonly<Record<string, string>>;

/**
 * One port of a pod on the laptop. Pods share one loopback address, so the declared port and the one that is
 * really bound differ (docs/adr: ports, not addresses).
 */
export interface PodPort {
  readonly name?: string;
  /** What the manifest declares and other pods ask for. */
  readonly containerPort: number;
  /** Where the program listens on 127.0.0.1; only the pod's own sidecar, or kube-proxy, talks to it. */
  readonly appPort: number;
  /** Where the sidecar's inbound listener is bound on 127.0.0.1. Equals `appPort` in a pod without sidecar. */
  readonly inboundPort: number;
}

/** A replica of a Deployment, with the ports that the runner has leased for it. */
export interface Pod {
  readonly name: string;
  /** The Deployment that it is a replica of, which telemetry names it by. */
  readonly workload?: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  /** Fictitious, as a Service's `clusterIP` is: the Envoys know it, nothing is bound to it. */
  readonly address?: string;
  readonly ports: readonly PodPort[];
  /** Absent in a pod without sidecar. */
  readonly sidecar?: Sidecar;
  /** Whether its readiness probe passes; only ready pods receive traffic. */
  readonly ready: boolean;
}

export interface Sidecar {
  /** The plain HTTP proxy on 127.0.0.1 that the program's `HTTP_PROXY` names. */
  readonly outboundPort: number;
  /** Where the program's other connections enter. */
  readonly tcpPorts?: TcpPorts;
}

/** From `host:port` of a service that carries TCP to the port on 127.0.0.1 that stands for it. */
export type TcpPorts = Readonly<Record<string, number>>;

/** The key of {@link TcpPorts}. */
export function tcpPortKey(host: string, port: number): string {
  return `${host}:${port}`;
}
