/** What a workload reports about the requests it makes (`client`) and those it answers (`server`). */
export interface WorkloadTelemetry {
  readonly client: SideTelemetry;
  readonly server: SideTelemetry;
}

export interface SideTelemetry {
  readonly tracing: TracingPolicy;
  readonly accessLog: AccessLogPolicy;
  readonly metrics: MetricsPolicy;
}

export interface TracingPolicy {
  /** Whether spans are made; headers of traces are passed on in any case. */
  readonly enabled: boolean;
  /** Of the requests that nobody has decided about yet, 0 to 100. */
  readonly sampling: number;
  readonly tags: Readonly<Record<string, TraceTag>>;
  /** Istio's own tags: which service, revision, namespace and mesh. */
  readonly istioTags: boolean;
}

export type TraceTag =
  | { readonly literal: string }
  | { readonly header: string; readonly defaultValue: string }
  | { readonly environment: string; readonly defaultValue: string }
  | { readonly format: string };

export interface AccessLogPolicy {
  readonly enabled: boolean;
  /** A CEL expression that picks the requests to log. */
  readonly filter?: string;
  /** Of a line, in Envoy's commands; for JSON the text of an object. Absent: Istio's default. */
  readonly format?: string;
  readonly isJson?: true;
}

/** Istio's standard metrics, by the name that a Telemetry resource has for them. */
export type StandardMetric =
  | 'REQUEST_COUNT'
  | 'REQUEST_DURATION'
  | 'REQUEST_SIZE'
  | 'RESPONSE_SIZE'
  | 'TCP_OPENED_CONNECTIONS'
  | 'TCP_CLOSED_CONNECTIONS'
  | 'TCP_SENT_BYTES'
  | 'TCP_RECEIVED_BYTES';

/** What differs from Istio's defaults. */
export type MetricsPolicy = Readonly<Partial<Record<StandardMetric, MetricPolicy>>>;

export interface MetricPolicy {
  readonly disabled: boolean;
  /** From a label to the CEL expression that is its value, or to null when it is left out. */
  readonly labels: Readonly<Record<string, string | null>>;
}

/** Everything a sampled mesh on a laptop has without any Telemetry resource: all traces, all logs, all metrics. */
export const DEFAULT_SIDE: SideTelemetry = {
  tracing: { enabled: true, sampling: 100, tags: {}, istioTags: true },
  accessLog: { enabled: true },
  metrics: {},
};

export const DEFAULT_TELEMETRY: WorkloadTelemetry = { client: DEFAULT_SIDE, server: DEFAULT_SIDE };
