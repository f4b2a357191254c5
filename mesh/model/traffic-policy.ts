import type { Position } from '#mesh/diagnostic.ts';

/** How a client's sidecar treats one service, subset and port, after Istio's merge: port level over subset over host. */
export interface TrafficPolicy {
  readonly tls?: ClientTls;
  readonly connectionPool?: ConnectionPool;
  readonly outlierDetection?: OutlierDetection;
  readonly loadBalancer?: LoadBalancer;
}

/** `auto` is Istio's auto mTLS: mutual TLS to endpoints with a sidecar, plain text to others. */
export type ClientTls =
  | { readonly mode: 'auto' | 'DISABLE' | 'ISTIO_MUTUAL' }
  | {
      readonly mode: 'SIMPLE' | 'MUTUAL';
      readonly sni?: string;
      readonly subjectAltNames?: readonly string[];
      readonly caCertificates?: string;
      readonly clientCertificate?: string;
      readonly privateKey?: string;
      readonly insecureSkipVerify?: boolean;
    };

/** Fields as in Istio's ConnectionPoolSettings; times in milliseconds. */
export interface ConnectionPool {
  readonly maxConnections?: number;
  readonly connectTimeout?: number;
  readonly maxConnectionDuration?: number;
  /** Of TCP connections; `idleTimeout` is that of connections with HTTP. */
  readonly tcpIdleTimeout?: number;
  readonly tcpKeepalive?: { readonly probes?: number; readonly time?: number; readonly interval?: number };
  readonly http1MaxPendingRequests?: number;
  readonly http2MaxRequests?: number;
  readonly maxRequestsPerConnection?: number;
  readonly maxRetries?: number;
  readonly idleTimeout?: number;
  readonly h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE';
  readonly useClientProtocol?: boolean;
}

/** Fields as in Istio's OutlierDetection; times in milliseconds. */
export interface OutlierDetection {
  readonly consecutive5xxErrors?: number;
  readonly consecutiveGatewayErrors?: number;
  readonly consecutiveLocalOriginFailures?: number;
  readonly splitExternalLocalOriginErrors?: boolean;
  readonly interval?: number;
  readonly baseEjectionTime?: number;
  readonly maxEjectionPercent?: number;
  readonly minHealthPercent?: number;
}

export type LoadBalancer =
  | { readonly simple: 'ROUND_ROBIN' | 'LEAST_REQUEST' | 'RANDOM' | 'PASSTHROUGH' }
  | { readonly consistentHash: ConsistentHash };

export type ConsistentHash =
  | { readonly header: string }
  | { readonly queryParameter: string }
  | { readonly sourceIp: true }
  | { readonly cookie: { readonly name: string; readonly path?: string; readonly ttl: number } };

/** A named part of a service's endpoints. */
export interface Subset {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: Position;
}
