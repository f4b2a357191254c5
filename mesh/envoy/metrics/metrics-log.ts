import { isOpaqueTunnel, isRequest } from '#mesh/envoy/access-log.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { nonEmpty, present, typed } from '#mesh/envoy/json.ts';
import { serviceLabel } from '#mesh/envoy/metrics/label-sources.ts';
import { connectionLabels, type Labels, REQUEST_LABELS } from '#mesh/envoy/metrics/labels.ts';
import {
  HTTP_METRICS,
  type MetricDefinition,
  TCP_CLOSED,
  TCP_OPENED,
} from '#mesh/envoy/metrics/standard-metrics.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { type Side, sideTelemetry } from '#mesh/envoy/observation/side.ts';
import type { MetricPolicy, MetricsPolicy } from '#mesh/model/telemetry.ts';

/**
 * The limits keep callers that invent names from filling the memory; what is beyond them is not counted. They hold for
 * each logger by itself: Envoy 1.40 crashes at its end when loggers share a scope.
 */
const SCOPE = { max_counters: 2000, max_histograms: 3000 };

/** Istio's metrics of requests, counted by Envoy's stats access logger. Tunnels are connections, counted at their end. */
export function httpMetrics(observer: Observer, side: Side): JsonObject[] {
  const connection = connectionLabels(observer, side);
  const labels = { ...connection, ...REQUEST_LABELS };
  const { metrics } = sideTelemetry(observer, side);
  const requests = metricsLog(HTTP_METRICS, { labels, metrics });
  const tunnels =
    side.kind === 'client' ? metricsLog([...TCP_OPENED, ...TCP_CLOSED], { labels: connection, metrics }) : [];
  return [...requests.map(where(isRequest)), ...tunnels.map(where(isOpaqueTunnel))];
}

/** Istio's metrics of connections: one is counted when it opens, its bytes when it ends. */
export function tcpMetrics(observer: Observer, side: Side): JsonObject[] {
  const labels = {
    ...connectionLabels(observer, side),
    // A connection has no route by which it might have been blocked.
    ...(side.kind === 'client' && { destination_service_name: serviceLabel('service_name') }),
    request_protocol: 'tcp',
  };
  const { metrics } = sideTelemetry(observer, side);
  return [
    ...metricsLog(TCP_OPENED, { labels, metrics }).map((logger) => at('TcpUpstreamConnected', logger)),
    ...metricsLog(TCP_CLOSED, { labels, metrics }).map((logger) => at('TcpConnectionEnd', logger)),
  ];
}

function where(filters: readonly JsonObject[]): (logger: JsonObject) => JsonObject {
  return (logger) => ({ ...logger, filter: { and_filter: { filters } } });
}

function at(type: string, logger: JsonObject): JsonObject {
  return { ...logger, filter: { log_type_filter: { types: [type] } } };
}

interface MetricsLogOptions {
  readonly labels: Labels;
  readonly metrics: MetricsPolicy;
}

function metricsLog(definitions: readonly MetricDefinition[], options: MetricsLogOptions): JsonObject[] {
  const wanted = definitions.filter(({ metric }) => !options.metrics[metric]?.disabled);
  if (wanted.length === 0) return [];
  const ofKind = (kind: MetricDefinition['kind']) =>
    nonEmpty(wanted.filter((one) => one.kind === kind).map((one) => envoyStat(one, options)));
  const fields = present({
    stats_scope: SCOPE,
    counters: ofKind('counter'),
    histograms: ofKind('histogram'),
  });
  return [
    {
      name: 'envoy.access_loggers.stats',
      typed_config: typed('envoy.extensions.access_loggers.stats.v3.Config', fields),
    },
  ];
}

function envoyStat({ metric, name, value }: MetricDefinition, options: MetricsLogOptions): JsonObject {
  return { stat: { name, tags: tags(options.labels, options.metrics[metric]) }, ...value };
}

function tags(labels: Labels, policy: MetricPolicy = { disabled: false, labels: {} }): JsonObject[] {
  const changes = Object.entries(policy.labels);
  const formats: Record<string, string> = { ...labels };
  for (const [label, expression] of changes) {
    if (expression === null) delete formats[label];
    else formats[label] = `%CEL(${expression})%`;
  }
  return Object.entries(formats).map(([label, format]) => ({ name: label, value_format: format }));
}
