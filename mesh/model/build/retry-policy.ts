import type { HttpRule } from '#mesh/model/build/route-match.ts';
import { DEFAULT_RETRY } from '#mesh/model/default-retry.ts';
import type { RetryPolicy } from '#mesh/model/route.ts';

/**
 * Istio's HTTPRetry: absent means the default policy, `attempts: 0` none at all. A number within `retryOn` is a status
 * code that is retried (https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry).
 */
export function toRetryPolicy(retries: HttpRule['retries']): RetryPolicy {
  if (!retries) return DEFAULT_RETRY;
  const {
    attempts = 0,
    perTryTimeout,
    backoff,
    retryOn,
    retryRemoteLocalities,
    retryIgnorePreviousHosts,
  } = retries;
  return {
    ...DEFAULT_RETRY,
    attempts,
    ...(retryOn ? parseRetryOn(retryOn) : {}),
    ...(perTryTimeout !== undefined && { perTryTimeout }),
    ...(backoff !== undefined && { backoff }),
    ...(retryRemoteLocalities !== undefined && { retryRemoteLocalities }),
    retryIgnorePreviousHosts: retryIgnorePreviousHosts ?? true,
  };
}

function parseRetryOn(retryOn: string): Pick<RetryPolicy, 'retryOn' | 'retriableStatusCodes'> {
  const conditions = retryOn.split(',').map((condition) => condition.trim());
  const codes = conditions.filter((condition) => /^\d+$/.test(condition));
  const names = conditions.filter((condition) => condition !== '' && !codes.includes(condition));
  const needsCodes = codes.length > 0 && !names.includes('retriable-status-codes');
  return {
    retryOn: needsCodes ? [...names, 'retriable-status-codes'] : names,
    retriableStatusCodes: codes.map(Number),
  };
}
