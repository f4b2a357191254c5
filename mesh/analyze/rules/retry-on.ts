import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

/**
 * The conditions of Envoy's x-envoy-retry-on and x-envoy-retry-grpc-on; plain status codes are allowed beside them
 * (https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry).
 */
const conditions = [
  '5xx',
  'cancelled',
  'connect-failure',
  'deadline-exceeded',
  'envoy-ratelimited',
  'gateway-error',
  'http3-post-connect-failure',
  'internal',
  'refused-stream',
  'reset',
  'reset-before-request',
  'resource-exhausted',
  'retriable-4xx',
  'retriable-headers',
  'retriable-status-codes',
  'unavailable',
];

/** IST0106: a retry condition that Envoy does not know. */
export const retryOn: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) =>
    virtualService.spec.http.flatMap(({ retries }, index) =>
      (retries?.retryOn ?? '')
        .split(',')
        .map((condition) => condition.trim())
        .filter(
          (condition) => condition !== '' && !conditions.includes(condition) && !isStatusCode(condition),
        )
        .map((condition) =>
          diagnose(virtualService, ['spec', 'http', index, 'retries', 'retryOn'], {
            code: 'IST0106',
            message: `\`${condition}\` is not a retry condition`,
            fix: didYouMean(condition, conditions),
          }),
        ),
    ),
  );

function isStatusCode(text: string): boolean {
  return /^[1-5]\d\d$/.test(text);
}
