import { isTarget, selects, targetsOf } from '#mesh/istiod/config/build/input.ts';
import { meshConfigOf } from '#mesh/istiod/config/mesh-config.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import type { Resource, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import {
  type AccessLogPolicy,
  DEFAULT_SIDE,
  type MetricPolicy,
  type MetricsPolicy,
  type SideTelemetry,
  type StandardMetric,
  type TraceTag,
  type TracingPolicy,
  type WorkloadTelemetry,
} from '#mesh/istiod/model/telemetry.ts';
import { once } from '#mesh/once.ts';

type Telemetry = ResourceOf<'Telemetry'>;

interface Selected {
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * What a workload reports: a resource for the mesh, then one for the namespace, then one for the workload, each field
 * replacing what the one before says (https://istio.io/latest/docs/tasks/observability/telemetry/).
 */
export function telemetryOf(workload: Selected, resources: readonly Resource[]): WorkloadTelemetry {
  const levels = levelsFor(workload, ofKind(resources, 'Telemetry'));
  const defaults = defaultSide(resources);
  return { client: fold(levels, 'CLIENT', defaults), server: fold(levels, 'SERVER', defaults) };
}

/** What the mesh configuration says, where no Telemetry says otherwise. */
const defaultSide = once((resources: readonly Resource[]): SideTelemetry => {
  const { accessLogFile, accessLogFormat, accessLogEncoding, ...config } = meshConfigOf(resources);
  const { tracing, accessLog, metrics } = DEFAULT_SIDE;
  return {
    tracing: {
      ...tracing,
      enabled: config.enableTracing,
      sampling: config.defaultConfig.tracing.sampling ?? tracing.sampling,
    },
    accessLog: {
      ...accessLog,
      enabled: accessLogFile !== '',
      ...(accessLogFormat !== '' && { format: accessLogFormat }),
      ...(accessLogEncoding === 'JSON' && { isJson: true }),
    },
    metrics,
  };
});

function levelsFor(workload: Selected, all: readonly Telemetry[]): readonly Telemetry[] {
  const { namespace } = workload;
  const own = all.filter(({ metadata }) => metadata.namespace === namespace);
  const mesh = all.find((one) => one.metadata.namespace === ROOT_NAMESPACE && !isSelective(one));
  const whole = namespace === ROOT_NAMESPACE ? undefined : own.find((one) => !isSelective(one));
  const selected = own.find((one) => isSelective(one) && isFor(one, workload));
  return [mesh, whole, selected].flatMap((level) => level ?? []);
}

function isFor(telemetry: Telemetry, workload: Selected): boolean {
  const targets = targetsOf(telemetry.spec);
  if (targets) return isTarget(targets, telemetry.metadata.namespace, workload);
  return selects(matchLabels(telemetry), workload.labels);
}

function isSelective(telemetry: Telemetry): boolean {
  return targetsOf(telemetry.spec) !== undefined || Object.keys(matchLabels(telemetry)).length > 0;
}

function matchLabels({ spec }: Telemetry): Labels {
  return spec.selector?.matchLabels ?? {};
}

function fold(levels: readonly Telemetry[], side: Side, defaults: SideTelemetry): SideTelemetry {
  return {
    tracing: foldTracing(
      levels.map(({ spec }) => spec.tracing),
      side,
      defaults.tracing,
    ),
    accessLog: foldAccessLog(
      levels.map(({ spec }) => spec.accessLogging),
      side,
      defaults.accessLog,
    ),
    metrics: foldMetrics(
      levels.flatMap(({ spec }) => spec.metrics),
      side,
    ),
  };
}

type Metrics = ResourceOf<'Telemetry'>['spec']['metrics'][number];
type Override = Metrics['overrides'][number];

const ALL: readonly StandardMetric[] = [
  'REQUEST_COUNT',
  'REQUEST_DURATION',
  'REQUEST_SIZE',
  'RESPONSE_SIZE',
  'TCP_OPENED_CONNECTIONS',
  'TCP_CLOSED_CONNECTIONS',
  'TCP_SENT_BYTES',
  'TCP_RECEIVED_BYTES',
];

/** Overrides are applied in order, those of narrower resources after those of wider ones. */
function foldMetrics(entries: readonly Metrics[], side: Side): MetricsPolicy {
  const overrides = entries
    .filter(
      ({ providers }) => providers.length === 0 || providers.some(({ name }) => name === PROVIDERS.metrics),
    )
    .flatMap((entry) => entry.overrides)
    .filter((override) => concerns(override, side));
  const policies = new Map<StandardMetric, MetricPolicy>();
  for (const override of overrides) {
    for (const metric of ALL.filter((name) => concernsMetric(override, name))) {
      policies.set(metric, overridden(policies.get(metric), override));
    }
  }
  return Object.fromEntries(policies);
}

function concernsMetric({ match }: Override, metric: StandardMetric): boolean {
  return match.metric === 'ALL_METRICS' || match.metric === metric;
}

const UNTOUCHED: MetricPolicy = { disabled: false, labels: {} };

function overridden(before: MetricPolicy = UNTOUCHED, { disabled, tagOverrides }: Override): MetricPolicy {
  const labels = Object.entries(tagOverrides).map(
    ([label, { operation, value = '' }]) => [label, operation === 'REMOVE' ? null : value] as const,
  );
  return {
    disabled: disabled ?? before.disabled,
    labels: { ...before.labels, ...Object.fromEntries(labels) },
  };
}

/** Of a connection: who reports. */
type Side = 'CLIENT' | 'SERVER';

/** The extension providers that every laptop mesh has, by what they are for. */
export const PROVIDERS = { tracing: 'zipkin', accessLogging: 'envoy', metrics: 'prometheus' } as const;

type Spec = ResourceOf<'Telemetry'>['spec'];
type Tracing = Spec['tracing'][number];
type AccessLogging = Spec['accessLogging'][number];

interface Matching {
  readonly match: { readonly mode: 'CLIENT_AND_SERVER' | Side };
}

/** Whether an entry speaks of this side of the workload's requests. */
function concerns({ match: { mode } }: Matching, side: Side): boolean {
  return mode === 'CLIENT_AND_SERVER' || mode === side;
}

/** @param levels the entries of the mesh, the namespace and the workload */
function foldTracing(
  levels: readonly (readonly Tracing[])[],
  side: Side,
  defaults: TracingPolicy,
): TracingPolicy {
  const entries = levels.flat().filter((entry) => concerns(entry, side));
  const last = <T>(fieldOf: (entry: Tracing) => T | undefined) =>
    entries.map(fieldOf).findLast((value) => value !== undefined);
  const provider = last(({ providers }) => providers[0]?.name) ?? PROVIDERS.tracing;
  const tags = last(({ customTags }) => customTags);
  const { enabled, sampling, istioTags } = defaults;
  return {
    // A provider that the mesh does not have reports nothing, as in Istio.
    enabled:
      (enabled || entries.length > 0) &&
      provider === PROVIDERS.tracing &&
      last((entry) => entry.disableSpanReporting) !== true,
    sampling: last((entry) => entry.randomSamplingPercentage) ?? sampling,
    tags: tags ? traceTags(tags) : {},
    istioTags: last((entry) => entry.enableIstioTags) ?? istioTags,
  };
}

function traceTags(tags: NonNullable<Tracing['customTags']>): Record<string, TraceTag> {
  return Object.fromEntries(Object.entries(tags).flatMap(([name, tag]) => traceTag(name, tag)));
}

type CustomTag = NonNullable<Tracing['customTags']>[string];

function traceTag(
  name: string,
  { literal, header, environment, formatter }: CustomTag,
): (readonly [string, TraceTag])[] {
  if (literal) return [[name, { literal: literal.value }]];
  if (header) return [[name, { header: header.name, defaultValue: header.defaultValue }]];
  if (environment) return [[name, { environment: environment.name, defaultValue: environment.defaultValue }]];
  return formatter ? [[name, { format: formatter.value }]] : [];
}

function foldAccessLog(
  levels: readonly (readonly AccessLogging[])[],
  side: Side,
  defaults: AccessLogPolicy,
): AccessLogPolicy {
  const entries = levels.flat().filter((entry) => concerns(entry, side) && logsHere(entry));
  const said = entries.map(({ disabled }) => disabled).findLast((value) => value !== undefined);
  const chosen = entries.map(({ filter }) => filter?.expression).findLast((value) => value !== undefined);
  return {
    ...defaults,
    // Where the mesh logs nothing, an entry is reason enough to.
    enabled: said === undefined ? defaults.enabled || entries.length > 0 : !said,
    ...(chosen !== undefined && { filter: chosen }),
  };
}

function logsHere({ providers }: AccessLogging): boolean {
  return providers.length === 0 || providers.some(({ name }) => name === PROVIDERS.accessLogging);
}
