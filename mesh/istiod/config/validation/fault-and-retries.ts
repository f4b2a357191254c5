import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkDuration } from '#mesh/istiod/config/validation/values.ts';
import { didYouMean } from '#mesh/nearest.ts';
import { STATUS_CODES } from '#platform/node-http.ts';

/** An HTTP rule's `fault`. */
export function* checkFault(fault: Field): Problems {
  if (!fault.isSet) return;
  const [abort, delay] = [fault.at('abort'), fault.at('delay')];
  if (!abort.isSet && !delay.isSet)
    yield fault.refused(
      'HTTP fault injection must have an abort and/or a delay',
      'add one, or remove `fault`',
    );
  yield* checkAbort(abort);
  yield* checkShare(delay.at('percentage'));
  yield* checkDuration(delay.at('fixedDelay'));
  if (delay.at('exponentialDelay').isSet) {
    yield* checkDuration(delay.at('exponentialDelay'));
    yield delay.at('exponentialDelay').refused('exponentialDelay not supported yet', 'write `fixedDelay`');
  }
}

/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
const grpcStatuses = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE'],
  ...['UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

function* checkAbort(abort: Field): Problems {
  if (!abort.isSet) return;
  yield* checkShare(abort.at('percentage'));
  const [http, grpc, http2] = [abort.at('httpStatus'), abort.at('grpcStatus'), abort.at('http2Error')];
  if (http2.isSet)
    yield http2.refused('HTTP/2 abort fault injection not supported yet', 'write `httpStatus`');
  if (grpc.isSet && !grpcStatuses.includes(grpc.text))
    yield grpc.refused(
      `gRPC status "${grpc.text}" is not supported. See https://github.com/grpc/grpc/blob/master/doc/statuscodes.md for a list of supported codes, for example 'NOT_FOUND'`,
      didYouMean(grpc.text, grpcStatuses),
    );
  if (http.isSet && (http.number < 200 || http.number > 600))
    yield http.refused(`HTTP status ${http.number} is not in range 200-599`);
}

function* checkShare(percentage: Field): Problems {
  const { number: value } = percentage.at('value');
  if (value < 0 || value > 100 || (value > 0 && value < 0.0001))
    yield percentage.refused(`percentage ${goNumber(value)} is neither 0.0, nor in range [0.0001, 100.0]`);
}

/** A number as Go prints it. */
function goNumber(value: number): string {
  return String(value)
    .replace(/e([-+])(\d)$/, 'e$10$2')
    .replace(/^(-?0\.0000\d+)$/, (text) => exponent(text));
}

function exponent(text: string): string {
  return Number(text)
    .toExponential()
    .replace(/e([-+])(\d)$/, 'e$10$2');
}

/**
 * The conditions of Envoy's x-envoy-retry-on and x-envoy-retry-grpc-on; plain status codes are allowed beside them
 * (https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry).
 */
const conditions = [
  ...['5xx', 'cancelled', 'connect-failure', 'deadline-exceeded', 'envoy-ratelimited', 'gateway-error'],
  ...['http3-post-connect-failure', 'internal', 'refused-stream', 'reset', 'reset-before-request'],
  ...['resource-exhausted', 'retriable-4xx', 'retriable-headers', 'retriable-status-codes', 'unavailable'],
];

export function* checkRetries(retries: Field): Problems {
  if (!retries.isSet) return;
  const [attempts, perTry, on] = [retries.at('attempts'), retries.at('perTryTimeout'), retries.at('retryOn')];
  if (attempts.number < 0) yield attempts.refused('attempts cannot be negative');
  const saysMore = perTry.isSet || on.text !== '' || retries.at('retryRemoteLocalities').isSet;
  if (attempts.number === 0 && saysMore)
    yield retries.refused(
      'http retry policy configured when attempts are set to 0 (disabled)',
      'give `attempts` a number above 0, or remove the other settings',
    );
  yield* checkDuration(perTry);
  yield* checkDuration(retries.at('backoff'));
  if (on.text === '') return;
  for (const condition of on.text.split(','))
    if (!conditions.includes(condition) && STATUS_CODES[condition] === undefined)
      yield on.refused(`"${condition}" is not a valid retryOn policy`, didYouMean(condition, conditions));
}
