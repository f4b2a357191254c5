import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { nonEmpty, present, typed } from '#mesh/envoy/json.ts';
import type { RetryPolicy } from '#mesh/model/route.ts';

/** A retry goes to a host that has not been tried yet, as far as five draws find one. */
const OTHER_HOST = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typed_config: typed('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
};

const OTHER_LOCALITY = {
  name: 'envoy.retry_priorities.previous_priorities',
  typed_config: typed('envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig', {
    update_frequency: 2,
  }),
};

const HOST_SELECTION_ATTEMPTS = '5';

/** Undefined when nothing is to be retried. */
export function retryPolicy(retries: RetryPolicy): JsonObject | undefined {
  if (retries.attempts === 0) {
    return undefined;
  }
  const { perTryTimeout, backoff } = retries;
  return present({
    retry_on: retries.retryOn.join(','),
    num_retries: retries.attempts,
    retriable_status_codes: nonEmpty(retries.retriableStatusCodes),
    per_try_timeout: perTryTimeout === undefined ? undefined : seconds(perTryTimeout),
    retry_back_off: backoff === undefined ? undefined : { base_interval: seconds(backoff) },
    retry_host_predicate: retries.retryIgnorePreviousHosts ? [OTHER_HOST] : undefined,
    retry_priority: retries.retryRemoteLocalities ? OTHER_LOCALITY : undefined,
    host_selection_retry_max_attempts: HOST_SELECTION_ATTEMPTS,
  });
}
