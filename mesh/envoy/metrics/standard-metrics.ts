import type { JsonObject } from '#mesh/envoy/config.ts';
import type { StandardMetric } from '#mesh/model/telemetry.ts';

/** One of Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/) and where its value is from. */
export type MetricDefinition = {
  readonly metric: StandardMetric;
  readonly name: string;
} & (
  | { readonly kind: 'counter'; readonly value: JsonObject }
  | { readonly kind: 'histogram'; readonly value: JsonObject }
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
