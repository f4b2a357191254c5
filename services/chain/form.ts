import type { Request } from 'express';

/** How an answer is written. */
export type Form = 'text' | 'json' | 'html';

const FORMS = { 'text/plain': 'text', 'application/json': 'json', 'text/html': 'html' } as const;
const TYPES = Object.keys(FORMS) as (keyof typeof FORMS)[];

/**
 * Reading an `Accept` takes longer than the rest of the reply, and nearly all requests have one of a few. Clients choose
 * what they send, hence the limit.
 */
const decided = new Map<string, Form>();
const REMEMBERED = 100;

/** The form that the client's `Accept` prefers; text if it has no preference (curl) or none that we can meet. */
export function formFor(req: Pick<Request, 'headers' | 'accepts'>): Form {
  const { accept } = req.headers;
  if (accept === undefined) return 'text';
  const before = decided.get(accept);
  if (before !== undefined) return before;
  const type = req.accepts(TYPES);
  const form = type === false ? 'text' : FORMS[type as keyof typeof FORMS];
  if (decided.size < REMEMBERED) decided.set(accept, form);
  return form;
}
