import type { Request } from 'express';

/** How an answer is written. */
export type Form = 'text' | 'json' | 'html';

const FORMS = { 'text/plain': 'text', 'application/json': 'json', 'text/html': 'html' } as const;
const TYPES = Object.keys(FORMS) as (keyof typeof FORMS)[];

/** What the client prefers by its `Accept`; text for one that has no preference (curl) or none that can be met. */
export function formFor(req: Pick<Request, 'headers' | 'accepts'>): Form {
  const { accept } = req.headers;
  // The three headers that nearly all requests have; reading the header takes longer than the rest of the reply.
  if (accept === undefined || accept === '*/*') return 'text';
  const type = req.accepts(TYPES);
  return type === false ? 'text' : FORMS[type as keyof typeof FORMS];
}
