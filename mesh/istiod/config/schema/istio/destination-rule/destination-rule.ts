import { z } from 'zod';
import {
  duration,
  durationOrZero,
  fields,
  int32,
  labels,
  port,
  strings,
  uint32,
} from '#mesh/istiod/config/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

/** How clients connect; files are paths on the laptop. */
const clientTls = fields({
  supported: {
    mode: z.enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']).default('DISABLE'),
    sni: z.string().exactOptional(),
    subjectAltNames: strings,
    caCertificates: z.string().exactOptional(),
    clientCertificate: z.string().exactOptional(),
    privateKey: z.string().exactOptional(),
    insecureSkipVerify: z.boolean().exactOptional(),
    /** A Secret in the caller's namespace: for gateways, and for the sidecars that a `workloadSelector` selects. */
    credentialName: z.string().exactOptional(),
    caCrl: z.string().exactOptional(),
  },
  harmless: {
    caCertCredentialName: 'Istio does not read it here; the CA is `ca.crt` of the Secret `credentialName`',
  },
});

const count = int32.min(0).exactOptional();

const tcp = fields({
  supported: {
    maxConnections: count,
    connectTimeout: duration.exactOptional(),
    maxConnectionDuration: duration.exactOptional(),
    /** 0: never. */
    idleTimeout: durationOrZero.exactOptional(),
    tcpKeepalive: z
      .object({
        probes: uint32.exactOptional(),
        time: duration.exactOptional(),
        interval: duration.exactOptional(),
      })
      .exactOptional(),
  },
});

const http = fields({
  supported: {
    http1MaxPendingRequests: count,
    http2MaxRequests: count,
    maxRequestsPerConnection: count,
    maxRetries: count,
    maxConcurrentStreams: count,
    idleTimeout: duration.exactOptional(),
    h2UpgradePolicy: z.enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']).exactOptional(),
    useClientProtocol: z.boolean().exactOptional(),
    http2KeepAlive: z
      .object({ interval: duration.exactOptional(), timeout: duration.exactOptional() })
      .exactOptional(),
  },
});

const connectionPool = fields({ supported: { tcp: tcp.exactOptional(), http: http.exactOptional() } });

const consecutive = uint32.exactOptional();
const percentage = int32.min(0).max(100).exactOptional();

const outlierDetection = fields({
  supported: {
    consecutive5xxErrors: consecutive,
    consecutiveGatewayErrors: consecutive,
    consecutiveLocalOriginFailures: consecutive,
    splitExternalLocalOriginErrors: z.boolean().exactOptional(),
    interval: duration.exactOptional(),
    baseEjectionTime: duration.exactOptional(),
    maxEjectionPercent: percentage,
    minHealthPercent: percentage,
  },
  unsupported: {
    consecutiveErrors: 'Istio ignores it as well; use `consecutiveGatewayErrors` or `consecutive5xxErrors`',
    failurePercentageThreshold: 'Istio’s control plane ignores it as well: only errors in a row eject a pod',
    outlierDetectionHttpErrorCodes: 'Istio’s control plane ignores it as well: all 5xx count as errors',
  },
});

const httpCookie = fields({
  supported: {
    name: z.string().min(1),
    path: z.string().exactOptional(),
    /** Absent: the proxy makes no cookie, and follows the caller's; 0: one for the session. */
    ttl: durationOrZero.exactOptional(),
    attributes: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
  },
});

const size = z.coerce.number().int().min(0).exactOptional();

const consistentHash = fields({
  supported: {
    httpHeaderName: z.string().exactOptional(),
    httpCookie: httpCookie.exactOptional(),
    useSourceIp: z.boolean().exactOptional(),
    httpQueryParameterName: z.string().exactOptional(),
    maglev: z.object({ tableSize: size }).exactOptional(),
    ringHash: z.object({ minimumRingSize: size }).exactOptional(),
    minimumRingSize: size,
  },
  deprecated: { minimumRingSize: '`ringHash: {minimumRingSize: …}`' },
});

const onePlace = 'the laptop is one place';

const loadBalancer = fields({
  supported: {
    simple: z
      .enum(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST'])
      .exactOptional(),
    consistentHash: consistentHash.exactOptional(),
    warmup: z
      .object({
        duration,
        aggression: z.number().exactOptional(),
        minimumPercent: z.number().exactOptional(),
      })
      .exactOptional(),
    warmupDurationSecs: duration.exactOptional(),
  },
  deprecated: { warmupDurationSecs: '`warmup: {duration: …}`' },
  harmless: { localityLbSetting: onePlace, zoneAwareLbSetting: onePlace },
  unsupported: {
    backendUtilization: 'Istio’s control plane ignores it as well: requests are shared without it',
  },
});

const settings = {
  tls: clientTls.exactOptional(),
  connectionPool: connectionPool.exactOptional(),
  outlierDetection: outlierDetection.exactOptional(),
  loadBalancer: loadBalancer.exactOptional(),
};

/** Envoy's own. */
const DEFAULT_BUDGET = { percent: 20, minRetryConcurrency: 3 };

const portLevel = fields({ supported: { port: z.object({ number: port }), ...settings } });

const trafficPolicy = fields({
  supported: {
    ...settings,
    portLevelSettings: z.array(portLevel).default([]),
    proxyProtocol: z.object({ version: z.enum(['V1', 'V2']).default('V1') }).exactOptional(),
    retryBudget: z
      .object({
        percent: z.number().nullable().default(DEFAULT_BUDGET.percent),
        minRetryConcurrency: uint32.default(DEFAULT_BUDGET.minRetryConcurrency),
        budgetInterval: durationOrZero.exactOptional(),
      })
      .exactOptional(),
    tunnel: z
      .object({ protocol: z.string().default('CONNECT'), targetHost: z.string(), targetPort: port })
      .exactOptional(),
  },
});

export type TrafficPolicy = z.infer<typeof trafficPolicy>;

const subset = z.object({
  name: z.string().min(1),
  labels,
  trafficPolicy: trafficPolicy.exactOptional(),
});

const spec = fields({
  supported: {
    host: z.string().min(1),
    trafficPolicy: trafficPolicy.exactOptional(),
    subsets: z.array(subset).default([]),
    /** Empty: every namespace. */
    exportTo: strings,
    /** Callers, in the rule's own namespace. */
    workloadSelector: z.object({ matchLabels: labels }).exactOptional(),
  },
});

/** https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export const destinationRule = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('DestinationRule'), metadata, spec },
  harmless: writtenByIstio,
});
