import type { Position } from '#mesh/diagnostic.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import type { Origin, WeightedDestination } from '#mesh/istiod/model/route.ts';

/** How a client's sidecar treats one service, subset and port, after Istio's merge: port level over subset over host. */
export interface TrafficPolicy {
  readonly tls?: ClientTls;
  readonly connectionPool?: ConnectionPool;
  readonly outlierDetection?: OutlierDetection;
  readonly loadBalancer?: LoadBalancer;
  readonly retryBudget?: RetryBudget;
  /** The version of the header that tells the server who calls. */
  readonly proxyProtocol?: 'V1' | 'V2';
  readonly tunnel?: Tunnel;
}

/** How much of a cluster's load may be retries; the interval in milliseconds. */
export interface RetryBudget {
  readonly percent: number;
  readonly minRetryConcurrency: number;
  readonly budgetInterval?: number;
}

/** What TCP connections are carried in: a request to the destination that asks for a connection to somewhere else. */
export interface Tunnel {
  readonly method: 'CONNECT' | 'POST';
  readonly host: string;
  readonly port: number;
}

/** `auto` is Istio's auto mTLS: mutual TLS to endpoints with a sidecar, plain text to others. */
export type ClientTls =
  | { readonly mode: 'auto' | 'DISABLE' }
  | { readonly mode: 'ISTIO_MUTUAL'; readonly sni?: string; readonly subjectAltNames?: readonly string[] }
  | {
      readonly mode: 'SIMPLE' | 'MUTUAL';
      readonly sni?: string;
      readonly subjectAltNames?: readonly string[];
      /** A file's path, or `system`. */
      readonly caCertificates?: string;
      /** Certificates of authorities in PEM, in place of a file. */
      readonly roots?: string;
      /** The Secret with the certificate that a gateway shows, as `namespace/name`. */
      readonly credential?: string;
      readonly clientCertificate?: string;
      readonly privateKey?: string;
      readonly insecureSkipVerify?: boolean;
      /** A file of revoked certificates. */
      readonly caCrl?: string;
      /** A Secret of the caller's namespace, in place of files. */
      readonly credentialName?: string;
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
  /** Of one HTTP/2 connection. */
  readonly maxConcurrentStreams?: number;
  readonly idleTimeout?: number;
  readonly h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE';
  readonly useClientProtocol?: boolean;
  readonly http2KeepAlive?: { readonly interval?: number; readonly timeout?: number };
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
  | { readonly simple: 'ROUND_ROBIN' | 'LEAST_REQUEST' | 'RANDOM' | 'PASSTHROUGH'; readonly warmup?: Warmup }
  | { readonly consistentHash: ConsistentHash; readonly table?: HashTable };

/** How a new endpoint comes to its full share; the duration in milliseconds. */
export interface Warmup {
  readonly duration: number;
  readonly aggression?: number;
  readonly minimumPercent?: number;
}

/** How hashes lead to endpoints: Maglev's table of so many entries, or a ring of at least so many. */
export interface HashTable {
  readonly of: 'maglev' | 'ring';
  readonly size: number;
}

export type ConsistentHash =
  | { readonly header: string }
  | { readonly queryParameter: string }
  | { readonly sourceIp: true }
  | { readonly cookie: HashCookie };

/** A cookie that the proxy sets where there is none, if it has a ttl in milliseconds; 0: for the session. */
export interface HashCookie {
  readonly name: string;
  readonly path?: string;
  readonly ttl?: number;
  readonly attributes?: readonly { readonly name: string; readonly value: string }[];
}

/** A named part of a service's endpoints. */
export interface Subset {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: Position;
}

/** Where the connections to one port that carries TCP or TLS go: the first route that fits a connection decides. */
export interface ConnectionHost {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly ConnectionRoute[];
}

export interface ConnectionRoute {
  /** Only connections whose TLS greeting asks for one of these names; absent: all. */
  readonly serverNames?: readonly string[];
  /** Only for callers with these labels, in this namespace. */
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
  readonly destinations: readonly WeightedDestination[];
  /** What decides: the VirtualService's rule, else the Service. */
  readonly origin: Origin;
}
