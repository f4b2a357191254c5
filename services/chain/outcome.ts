import { statusText } from '#platform/error-answer.ts';
import type { Fault } from '#services/chain/fault.ts';
import type { UpstreamCall } from '#services/chain/hop.ts';

export interface Outcome {
  readonly status: number;
  readonly error?: string;
}

/** Redirects included: a hop does not follow them, so its request has not been carried out. */
export function isFailure(status: number): boolean {
  return status < 200 || status > 299;
}

/**
 * The status that a hop answers with.
 *
 * A failed upstream fails the hop, with the first failure's status. A 5xx is passed up as it is: the client of a chain
 * then sees the 500 of `fail` or the 502 of blocked egress itself, and `retryOn: 5xx` takes effect on every hop.
 * Anything else (an upstream's 404 is not a 404 of this hop) becomes 502.
 */
export function outcomeOf({ answer }: Fault, upstreams: readonly UpstreamCall[]): Outcome {
  if (answer)
    return isFailure(answer.status)
      ? { status: answer.status, error: answer.reason }
      : { status: answer.status };
  const failed = upstreams.find(({ status }) => isFailure(status));
  if (!failed) return { status: 200 };
  const { uri, status, error } = failed;
  const what = error === undefined ? `answered ${statusText(status)}` : error;
  return { status: status >= 500 ? status : 502, error: `${uri}: ${what}` };
}
