import { seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import type { Protocol } from '#mesh/istiod/model/service.ts';
import type {
  ConnectionPool,
  HashTable,
  LoadBalancer,
  OutlierDetection,
  RetryBudget,
  Warmup,
} from '#mesh/istiod/model/traffic-policy.ts';

/** No limit: Envoy's defaults of 1024 would open circuit breakers that nobody asked for. */
const UNLIMITED = 4_294_967_295;

/** Tracked, so that stats show what remains until a circuit opens. */
export function circuitBreakers(pool: ConnectionPool = {}, budget?: RetryBudget): envoy.CircuitBreakers {
  return {
    thresholds: [
      {
        // Zero means no limit, too.
        max_connections: pool.maxConnections || UNLIMITED,
        max_pending_requests: pool.http1MaxPendingRequests || UNLIMITED,
        max_requests: pool.http2MaxRequests || UNLIMITED,
        max_retries: pool.maxRetries || UNLIMITED,
        retry_budget: budget && retryBudget(budget),
        track_remaining: true,
      },
    ],
  };
}

function retryBudget({ percent, minRetryConcurrency, budgetInterval }: RetryBudget): envoy.RetryBudget {
  return {
    budget_percent: { value: percent },
    min_retry_concurrency: minRetryConcurrency,
    budget_interval: budgetInterval === undefined ? undefined : seconds(budgetInterval),
  };
}

/**
 * Ejection by consecutive failures. A count of 0 turns its detector off, any other on, and success rates never
 * eject, as in Istio.
 */
export function outlierDetection(outliers: OutlierDetection): envoy.OutlierDetection {
  return {
    consecutive_5xx: outliers.consecutive5xxErrors || undefined,
    enforcing_consecutive_5xx: enforcement(outliers.consecutive5xxErrors),
    consecutive_gateway_failure: outliers.consecutiveGatewayErrors || undefined,
    enforcing_consecutive_gateway_failure: enforcement(outliers.consecutiveGatewayErrors),
    enforcing_success_rate: 0,
    interval: outliers.interval === undefined ? undefined : seconds(outliers.interval),
    base_ejection_time:
      outliers.baseEjectionTime === undefined ? undefined : seconds(outliers.baseEjectionTime),
    max_ejection_percent: outliers.maxEjectionPercent,
    ...localOrigin(outliers),
  };
}

function localOrigin({
  splitExternalLocalOriginErrors,
  consecutiveLocalOriginFailures,
}: OutlierDetection): envoy.OutlierDetection {
  return splitExternalLocalOriginErrors
    ? {
        split_external_local_origin_errors: true,
        consecutive_local_origin_failure: consecutiveLocalOriginFailures || undefined,
        enforcing_consecutive_local_origin_failure: enforcement(consecutiveLocalOriginFailures),
        enforcing_local_origin_success_rate: 0,
      }
    : {};
}

function enforcement(count: number | undefined): number | undefined {
  if (count === undefined) {
    return undefined;
  }
  return count > 0 ? 100 : 0;
}

/**
 * How an endpoint is chosen. PASSTHROUGH means the address that the caller has resolved itself, which requests
 * through a proxy don't have: they take turns.
 */
export function loadBalancer(balancer: LoadBalancer | undefined): envoy.Cluster {
  if (balancer && 'consistentHash' in balancer) return hashBalancer(balancer.table);
  const { simple = 'LEAST_REQUEST', warmup } = balancer ?? {};
  const policy = simple === 'PASSTHROUGH' ? 'ROUND_ROBIN' : simple;
  // Only these two know of new endpoints.
  const config = {
    ROUND_ROBIN: 'round_robin_lb_config',
    LEAST_REQUEST: 'least_request_lb_config',
    RANDOM: undefined,
  }[policy];
  return {
    lb_policy: policy,
    ...(warmup && config !== undefined && { [config]: { slow_start_config: slowStart(warmup) } }),
  };
}

function hashBalancer({ of, size }: HashTable = { of: 'ring', size: 1024 }): envoy.Cluster {
  return of === 'maglev'
    ? { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: String(size) } }
    : { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: String(size) } };
}

function slowStart({ duration, aggression, minimumPercent }: Warmup): envoy.SlowStart {
  return {
    slow_start_window: seconds(duration),
    // Envoy wants a key for a runtime value that nobody sets; this is Istio's.
    aggression: aggression === undefined ? undefined : { default_value: aggression, runtime_key: '(' },
    min_weight_percent: minimumPercent === undefined ? undefined : { value: minimumPercent },
  };
}

/** Whole seconds, because sockets count in them. */
export function tcpKeepalive({ tcpKeepalive }: ConnectionPool): envoy.Cluster {
  return tcpKeepalive
    ? {
        upstream_connection_options: {
          tcp_keepalive: {
            keepalive_probes: tcpKeepalive.probes,
            keepalive_time: wholeSeconds(tcpKeepalive.time),
            keepalive_interval: wholeSeconds(tcpKeepalive.interval),
          },
        },
      }
    : {};
}

function wholeSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.ceil(milliseconds / 1000);
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/**
 * HTTP/1.1 or HTTP/2 to the upstream, and how long its connections live; nothing where Envoy's defaults do.
 * @param names how the server's name in TLS follows from each request
 */
export function httpProtocol(
  protocol: Protocol,
  pool: ConnectionPool = {},
  names?: envoy.UpstreamHttpProtocolOptions,
): envoy.Cluster {
  const common = connectionLife(pool);
  const isHttp2 = speaksHttp2(protocol, pool);
  const isClients = protocol === 'AUTO' || pool.useClientProtocol === true;
  if (!isHttp2 && !isClients && !common && !names) {
    return {};
  }
  return {
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
        common_http_protocol_options: common,
        upstream_http_protocol_options: names,
        ...(isClients ? CLIENTS_PROTOCOL : explicitProtocol(isHttp2, pool)),
      }),
    },
  };
}

/** Whatever the caller speaks. */
const CLIENTS_PROTOCOL: envoy.UpstreamHttpOptions = {
  use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
};

function explicitProtocol(isHttp2: boolean, pool: ConnectionPool): envoy.UpstreamHttpOptions {
  return {
    explicit_http_config: isHttp2
      ? { http2_protocol_options: http2Options(pool) }
      : { http_protocol_options: {} },
  };
}

function http2Options({ maxConcurrentStreams, http2KeepAlive }: ConnectionPool): envoy.Http2ProtocolOptions {
  const { interval, timeout } = http2KeepAlive ?? {};
  return {
    max_concurrent_streams: maxConcurrentStreams || undefined,
    connection_keepalive: http2KeepAlive && {
      interval: interval === undefined ? undefined : seconds(interval),
      timeout: timeout === undefined ? undefined : seconds(timeout),
    },
  };
}

/** Whether the upstream is spoken to in HTTP/2, whatever the caller speaks. */
export function speaksHttp2(
  protocol: Protocol,
  { h2UpgradePolicy, useClientProtocol }: ConnectionPool = {},
): boolean {
  if (protocol === 'AUTO' || useClientProtocol) return false;
  return protocol === 'HTTP2' || protocol === 'GRPC' || h2UpgradePolicy === 'UPGRADE';
}

function connectionLife({
  idleTimeout,
  maxConnectionDuration,
  maxRequestsPerConnection,
}: ConnectionPool): envoy.HttpProtocolOptions | undefined {
  if (idleTimeout === undefined && maxConnectionDuration === undefined && !maxRequestsPerConnection)
    return undefined;
  return {
    idle_timeout: idleTimeout === undefined ? undefined : seconds(idleTimeout),
    max_connection_duration: maxConnectionDuration === undefined ? undefined : seconds(maxConnectionDuration),
    max_requests_per_connection: maxRequestsPerConnection || undefined,
  };
}
