import { connectionLog, requestLog } from '#mesh/envoy/access-log.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { httpMetrics, tcpMetrics } from '#mesh/envoy/metrics/metrics-log.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { type Side, sideTelemetry } from '#mesh/envoy/observation/side.ts';
import { tracing } from '#mesh/envoy/tracing/tracing.ts';

/** The fields of an HTTP connection manager that report its requests: logs, metrics, spans. */
export function observeHttp(observer: Observer | undefined, side: Side): JsonObject {
  const { accessLog } = sideTelemetry(observer, side);
  return present({
    access_log: [...requestLog(accessLog), ...(observer?.metrics ? httpMetrics(observer, side) : [])],
    tracing: observer && tracing(observer, side),
  });
}

/** The fields of a TCP proxy that report its connections. */
export function observeTcp(observer: Observer | undefined, side: Side): JsonObject {
  const { accessLog } = sideTelemetry(observer, side);
  if (!observer?.metrics) return { access_log: connectionLog(accessLog) };
  return {
    access_log: [...connectionLog(accessLog, { atEnd: true }), ...tcpMetrics(observer, side)],
    // Open connections are counted when they are opened, not when they have ended.
    access_log_options: { flush_access_log_on_connected: true },
  };
}
