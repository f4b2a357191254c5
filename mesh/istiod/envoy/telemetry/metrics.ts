import { nonEmpty } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { type Observer, type Side, sideTelemetry } from '#mesh/istiod/envoy/scope.ts';
import { isOpaqueTunnel, isRequest } from '#mesh/istiod/envoy/telemetry/access-log.ts';
import {
  connectionLabels,
  type Labels,
  REQUEST_LABELS,
  serviceLabel,
} from '#mesh/istiod/envoy/telemetry/labels.ts';
import type { MetricPolicy, MetricsPolicy, StandardMetric } from '#mesh/istiod/model/telemetry.ts';

/**
 * The limits keep callers that invent names from filling the memory; what is beyond them is not counted. They hold for
 * each logger by itself: Envoy 1.40 crashes at its end when loggers share a scope.
 */
const SCOPE = { max_counters: 2000, max_histograms: 3000 };

/** Istio's metrics of requests, counted by Envoy's stats access logger. Tunnels are connections, counted at their end. */
export function httpMetrics(observer: Observer, side: Side): envoy.AccessLog[] {
  const connection = connectionLabels(observer, side);
  const labels = { ...connection, ...REQUEST_LABELS };
  const { metrics } = sideTelemetry(observer, side);
  const requests = metricsLog(HTTP_METRICS, { labels, metrics });
  const tunnels =
    side.kind === 'client' ? metricsLog([...TCP_OPENED, ...TCP_CLOSED], { labels: connection, metrics }) : [];
  return [...requests.map(where(isRequest)), ...tunnels.map(where(isOpaqueTunnel))];
}

/** Istio's metrics of connections: one is counted when it opens, its bytes when it ends. */
export function tcpMetrics(observer: Observer, side: Side): envoy.AccessLog[] {
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

function where(filters: readonly envoy.AccessLogFilter[]): (logger: envoy.AccessLog) => envoy.AccessLog {
  return (logger) => ({ ...logger, filter: { and_filter: { filters } } });
}

function at(type: 'TcpUpstreamConnected' | 'TcpConnectionEnd', logger: envoy.AccessLog): envoy.AccessLog {
  return { ...logger, filter: { log_type_filter: { types: [type] } } };
}

interface MetricsLogOptions {
  readonly labels: Labels;
  readonly metrics: MetricsPolicy;
}

function metricsLog(definitions: readonly MetricDefinition[], options: MetricsLogOptions): envoy.AccessLog[] {
  const wanted = definitions.filter(({ metric }) => !options.metrics[metric]?.disabled);
  if (wanted.length === 0) return [];
  const ofKind = (kind: MetricDefinition['kind']) =>
    nonEmpty(wanted.filter((one) => one.kind === kind).map((one) => envoyStat(one, options)));
  const fields = {
    stats_scope: SCOPE,
    counters: ofKind('counter'),
    histograms: ofKind('histogram'),
  };
  return [
    {
      name: 'envoy.access_loggers.stats',
      typed_config: typed('envoy.extensions.access_loggers.stats.v3.Config', fields),
    },
  ];
}

function envoyStat({ metric, name, value }: MetricDefinition, options: MetricsLogOptions): envoy.StatFields {
  return { stat: { name, tags: tags(options.labels, options.metrics[metric]) }, ...value };
}

function tags(labels: Labels, policy: MetricPolicy = { disabled: false, labels: {} }): envoy.StatTag[] {
  const changes = Object.entries(policy.labels);
  const formats: Record<string, string> = { ...labels };
  for (const [label, expression] of changes) {
    if (expression === null) delete formats[label];
    else formats[label] = `%CEL(${expression})%`;
  }
  return Object.entries(formats).map(([label, format]) => ({ name: label, value_format: format }));
}

/** One of Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/) and where its value is from. */
export type MetricDefinition = {
  readonly metric: StandardMetric;
  readonly name: string;
} & (
  | { readonly kind: 'counter'; readonly value: envoy.Counter }
  | { readonly kind: 'histogram'; readonly value: envoy.Histogram }
);

const ONE = { value_fixed: 1 };

/** Sizes are those of whole messages, headers included. Envoy's default buckets are Istio's too. */
export const HTTP_METRICS: readonly MetricDefinition[] = [
  { metric: 'REQUEST_COUNT', name: 'istio_requests_total', kind: 'counter', value: ONE },
  {
    metric: 'REQUEST_DURATION',
    name: 'istio_request_duration_milliseconds',
    kind: 'histogram',
    value: { unit: 'Milliseconds', value_format: '%DURATION%' },
  },
  {
    metric: 'REQUEST_SIZE',
    name: 'istio_request_bytes',
    kind: 'histogram',
    value: { unit: 'Bytes', value_format: '%CEL(request.total_size)%' },
  },
  {
    metric: 'RESPONSE_SIZE',
    name: 'istio_response_bytes',
    kind: 'histogram',
    value: { unit: 'Bytes', value_format: '%CEL(response.total_size)%' },
  },
];

export const TCP_OPENED: readonly MetricDefinition[] = [
  {
    metric: 'TCP_OPENED_CONNECTIONS',
    name: 'istio_tcp_connections_opened_total',
    kind: 'counter',
    value: ONE,
  },
];

export const TCP_CLOSED: readonly MetricDefinition[] = [
  {
    metric: 'TCP_CLOSED_CONNECTIONS',
    name: 'istio_tcp_connections_closed_total',
    kind: 'counter',
    value: ONE,
  },
  {
    metric: 'TCP_SENT_BYTES',
    name: 'istio_tcp_sent_bytes_total',
    kind: 'counter',
    value: { value_format: '%BYTES_SENT%' },
  },
  {
    metric: 'TCP_RECEIVED_BYTES',
    name: 'istio_tcp_received_bytes_total',
    kind: 'counter',
    value: { value_format: '%BYTES_RECEIVED%' },
  },
];
