import type { Side } from '#mesh/model/build/telemetry.ts';
import { PROVIDERS } from '#mesh/model/build/telemetry-providers.ts';
import { concerns } from '#mesh/model/build/telemetry-sides.ts';
import type { MetricPolicy, MetricsPolicy, StandardMetric } from '#mesh/model/telemetry.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

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
export function foldMetrics(entries: readonly Metrics[], side: Side): MetricsPolicy {
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
