import { selects } from '#mesh/model/build/endpoints.ts';
import { foldMetrics } from '#mesh/model/build/telemetry-metrics.ts';
import { foldAccessLog, foldTracing } from '#mesh/model/build/telemetry-sides.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { SideTelemetry, WorkloadTelemetry } from '#mesh/model/telemetry.ts';
import type { Resource, ResourceOf } from '#mesh/schema/resource.ts';

type Telemetry = ResourceOf<'Telemetry'>;
export type Side = 'CLIENT' | 'SERVER';

/** A Telemetry here without selector holds for the whole mesh (Istio's meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';

interface Selected {
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * What a workload reports: a resource for the mesh, then one for the namespace, then one for the workload, each field
 * replacing what the one before says (https://istio.io/latest/docs/tasks/observability/telemetry/).
 */
export function telemetryOf(workload: Selected, resources: readonly Resource[]): WorkloadTelemetry {
  const levels = levelsFor(
    workload,
    resources.filter((resource) => resource.kind === 'Telemetry'),
  );
  return { client: fold(levels, 'CLIENT'), server: fold(levels, 'SERVER') };
}

function levelsFor({ namespace, labels }: Selected, all: readonly Telemetry[]): readonly Telemetry[] {
  const own = all.filter(({ metadata }) => metadata.namespace === namespace);
  const mesh = all.find((one) => one.metadata.namespace === ROOT_NAMESPACE && !isSelective(one));
  const whole = namespace === ROOT_NAMESPACE ? undefined : own.find((one) => !isSelective(one));
  const selected = own.find((one) => isSelective(one) && selects(matchLabels(one), labels));
  return [mesh, whole, selected].flatMap((level) => level ?? []);
}

function isSelective(telemetry: Telemetry): boolean {
  return Object.keys(matchLabels(telemetry)).length > 0;
}

function matchLabels({ spec }: Telemetry): Labels {
  return spec.selector?.matchLabels ?? {};
}

function fold(levels: readonly Telemetry[], side: Side): SideTelemetry {
  return {
    tracing: foldTracing(
      levels.map(({ spec }) => spec.tracing),
      side,
    ),
    accessLog: foldAccessLog(
      levels.map(({ spec }) => spec.accessLogging),
      side,
    ),
    metrics: foldMetrics(
      levels.flatMap(({ spec }) => spec.metrics),
      side,
    ),
  };
}
