import type { JsonObject } from '#mesh/envoy/config.ts';
import type { ConnectionPool } from '#mesh/model/traffic-policy.ts';

/** No limit: Envoy's own defaults of 1024 would break circuits that nobody asked for. */
const UNLIMITED = 4_294_967_295;

/** Tracked, so that stats show what remains until a circuit opens. */
export function circuitBreakers(pool: ConnectionPool = {}): JsonObject {
  return {
    thresholds: [
      {
        max_connections: pool.maxConnections ?? UNLIMITED,
        max_pending_requests: pool.http1MaxPendingRequests ?? UNLIMITED,
        max_requests: pool.http2MaxRequests ?? UNLIMITED,
        max_retries: pool.maxRetries ?? UNLIMITED,
        track_remaining: true,
      },
    ],
  };
}
