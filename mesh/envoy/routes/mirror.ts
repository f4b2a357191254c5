import type { JsonObject } from '#mesh/envoy/config.ts';
import { clusterName } from '#mesh/envoy/names.ts';
import { fractionalPercent } from '#mesh/envoy/percent.ts';
import type { Mirror } from '#mesh/model/route.ts';

/** A copy whose answer nobody waits for. The mirrored request keeps its host, as Istio has it. */
export function mirrorPolicy({ percentage, ...destination }: Mirror): JsonObject {
  return {
    cluster: clusterName({ direction: 'outbound', ...destination }),
    runtime_fraction: { default_value: fractionalPercent(percentage) },
    trace_sampled: false,
    disable_shadow_host_suffix_append: true,
  };
}
