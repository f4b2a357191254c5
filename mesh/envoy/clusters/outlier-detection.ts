import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { present } from '#mesh/envoy/json.ts';
import type { OutlierDetection } from '#mesh/model/traffic-policy.ts';

/**
 * Ejection by consecutive failures. A count of 0 turns its detector off, any other on, and success rates never
 * eject, as in Istio.
 */
export function outlierDetection(outliers: OutlierDetection): JsonObject {
  return present({
    consecutive_5xx: outliers.consecutive5xxErrors || undefined,
    enforcing_consecutive_5xx: enforcement(outliers.consecutive5xxErrors),
    consecutive_gateway_failure: outliers.consecutiveGatewayErrors || undefined,
    enforcing_consecutive_gateway_failure: enforcement(outliers.consecutiveGatewayErrors),
    enforcing_success_rate: 0,
    interval: outliers.interval === undefined ? undefined : seconds(outliers.interval),
    base_ejection_time:
      outliers.baseEjectionTime === undefined ? undefined : seconds(outliers.baseEjectionTime),
    max_ejection_percent: outliers.maxEjectionPercent,
    ...localOrigin(outliers),
  });
}

function localOrigin({
  splitExternalLocalOriginErrors,
  consecutiveLocalOriginFailures,
}: OutlierDetection): JsonObject {
  return splitExternalLocalOriginErrors
    ? present({
        split_external_local_origin_errors: true,
        consecutive_local_origin_failure: consecutiveLocalOriginFailures || undefined,
        enforcing_consecutive_local_origin_failure: enforcement(consecutiveLocalOriginFailures),
        enforcing_local_origin_success_rate: 0,
      })
    : {};
}

function enforcement(count: number | undefined): number | undefined {
  if (count === undefined) {
    return undefined;
  }
  return count > 0 ? 100 : 0;
}
