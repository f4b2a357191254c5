import type { RetryPolicy } from '#mesh/model/route.ts';

/**
 * What Istio retries when a rule says nothing: two more attempts, only for failures that leave no doubt that the
 * program did not handle the request. A plain 500 is not among them, and in current releases neither is a 503
 * (pilot/pkg/networking/core/route/retry; read off the configuration that a 1.31 development snapshot generates).
 */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 2,
  retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
  retriableStatusCodes: [],
  retryIgnorePreviousHosts: true,
};
