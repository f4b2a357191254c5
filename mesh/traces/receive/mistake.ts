import type { z } from 'zod';

/** What a sender did wrong; the message says where and what. */
export class SpansMistake extends Error {
  override readonly name = 'SpansMistake';
  /** The HTTP status of the answer. */
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** The first thing that is wrong, with its path: `[0].traceId: Invalid string`. */
export function schemaMistake({ issues }: z.ZodError): SpansMistake {
  const [issue] = issues;
  const path = (issue?.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  const place = path.join('').replace(/^\./, '') || 'the body';
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new SpansMistake(`${place}: ${issue?.message ?? 'not understood'}${more}`);
}

/** @throws SpansMistake when the text is no JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new SpansMistake(`the body is not JSON: ${(error as Error).message}`);
  }
}
