import type { Outcome, Refusal } from '#mesh/testing/outcome.ts';
import type { ArrivalCount } from '#mesh/testing/traffic/arrivals.ts';
import { receivedBy } from '#mesh/testing/traffic/echo.ts';
import type { Answer } from '#mesh/testing/traffic/send-request.ts';

export interface Observation {
  readonly answers: readonly Answer[];
  readonly arrivals: readonly ArrivalCount[];
  /** What the configuration says: which policy refuses, time-out and retries cannot be seen from outside. */
  readonly explained: Outcome;
}

/** Envoy's words where a policy refuses a request. */
export function isDenial(answer: Answer): boolean {
  return isTokenRefused(answer) || (answer.status === 403 && answer.body.startsWith('RBAC: access denied'));
}

/** Envoy's words for a token that is not believed. */
function isTokenRefused({ status, body }: Answer): boolean {
  return (
    (status === 401 && body.startsWith('Jwt ')) || (status === 403 && body.startsWith('Audiences in Jwt'))
  );
}

/** What became of requests that were sent. */
export function observedOutcome({ answers, arrivals, explained }: Observation): Outcome {
  const [first] = answers;
  const location = first?.headers['location'];
  const received = first && receivedBy(first.body);
  const { retries, timeout, origin, destinations, policies } = explained;
  const total = arrivals.reduce((sum, { count }) => sum + count, 0);
  return {
    arrivals: arrivals.map(({ count, ...one }) => ({ ...one, percent: (100 * count) / total })),
    statuses: statusesOf(answers),
    refusals: refusalsOf(answers, { explained, isReached: total > 0 }),
    reasons: [...new Set(answers.flatMap(reasonOf))],
    sent: answers.length,
    configured: explained.arrivals,
    ...(typeof location === 'string' && { location }),
    ...(received
      ? { received }
      : {
          receivedUnknown:
            'an answer that does not tell: the workload is no echo (a JSON object with `headers` and `path`); --explain tells what it would get',
        }),
    ...(retries && { retries }),
    ...(timeout !== undefined && { timeout }),
    ...(origin !== undefined && { origin }),
    destinations,
    policies,
  };
}

function statusesOf(answers: readonly Answer[]): ReadonlyMap<number, number> {
  const groups = Map.groupBy(answers, ({ status }) => status);
  return new Map([...groups].map(([status, alike]) => [status, (100 * alike.length) / answers.length]));
}

function refusalsOf(
  answers: readonly Answer[],
  { explained, isReached }: { readonly explained: Outcome; readonly isReached: boolean },
): readonly Refusal[] {
  const known = (kind: Refusal['kind']) => explained.refusals.filter((refusal) => refusal.kind === kind);
  if (answers.some(isTokenRefused)) {
    const why = answers.find(isTokenRefused)?.body ?? '';
    return [{ kind: 'RequestAuthentication', names: [], why }];
  }
  if (answers.some(isDenial)) {
    const why = 'RBAC: access denied, although by the manifests nothing denies it';
    const policies = known('AuthorizationPolicy');
    return policies.length > 0 ? policies : [{ kind: 'AuthorizationPolicy', names: [], why }];
  }
  // A connection that is refused leaves nothing but the 503 of the caller's sidecar, or a reset without one.
  const isBroken = answers.every(({ status }) => status === 0 || status === 503);
  return isBroken && !isReached ? known('PeerAuthentication') : [];
}

function reasonOf({ problem, status, body }: Answer): readonly string[] {
  if (problem !== undefined) return [problem];
  const isShort = status >= 400 && body.length > 0 && body.length < 200 && !body.trimStart().startsWith('<');
  return isShort ? [body.trim().replaceAll(/\s+/g, ' ')] : [];
}
