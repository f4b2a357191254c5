import type { ReadResult } from '#services/ratings/store.ts';

type Failure = Extract<ReadResult, { ok: false }>;

/** Refusals of a healthy server that has no room, or is shutting down. */
const PASSING = new Set([
  'ER_CON_COUNT_ERROR',
  'ER_USER_LIMIT_REACHED',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_QUERY_INTERRUPTED',
  'ER_CONNECTION_KILLED',
]);

/**
 * How a failed read looks to the client. 503 is for what passes (no connection, no answer in time, no room), since
 * asking again helps; 500 for what the database refuses: a wrong password or a missing table stays until somebody mends it.
 */
export function failureOf(error: unknown): Failure {
  const { code: given, message, name } = error as Partial<NodeJS.ErrnoException>;
  const code = typeof given === 'string' ? given : undefined;
  const reason = [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { ok: false, status: 503, error: 'ratings database did not answer in time', reason };
  }
  const refused = name === 'MongoServerError' || (code?.startsWith('ER_') === true && !PASSING.has(code));
  if (refused) return { ok: false, status: 500, error: 'could not read the ratings database', reason };
  return { ok: false, status: 503, error: 'could not connect to ratings database', reason };
}
