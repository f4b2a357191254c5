import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { type Observer, type Side, sideTelemetry } from '#mesh/istiod/envoy/scope.ts';
import { connectionLog, requestLog } from '#mesh/istiod/envoy/telemetry/access-log.ts';
import { httpMetrics, tcpMetrics } from '#mesh/istiod/envoy/telemetry/metrics.ts';
import { tracing } from '#mesh/istiod/envoy/telemetry/tracing.ts';

/** The fields of an HTTP connection manager that report its requests: logs, metrics, spans. */
export function observeHttp(observer: Observer | undefined, side: Side): envoy.HttpConnectionManager {
  const { accessLog } = sideTelemetry(observer, side);
  return {
    access_log: [...requestLog(accessLog), ...(observer?.metrics ? httpMetrics(observer, side) : [])],
    tracing: observer && tracing(observer, side),
  };
}

/** The fields of a TCP proxy that report its connections. */
export function observeTcp(observer: Observer | undefined, side: Side): envoy.TcpProxy {
  const { accessLog } = sideTelemetry(observer, side);
  if (!observer?.metrics) return { access_log: connectionLog(accessLog) };
  return {
    access_log: [...connectionLog(accessLog, { atEnd: true }), ...tcpMetrics(observer, side)],
    // Open connections are counted when they are opened, not when they have ended.
    access_log_options: { flush_access_log_on_connected: true },
  };
}
