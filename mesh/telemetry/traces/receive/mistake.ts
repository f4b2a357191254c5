import type { z } from 'zod';
import type { Span } from '#mesh/telemetry/traces/span.ts';

/** A sender's mistake; the message says where and what. */
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
function schemaMistake({ issues }: z.ZodError): SpansMistake {
  const [issue] = issues;
  const path = (issue?.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  const place = path.join('').replace(/^\./, '') || 'the body';
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new SpansMistake(`${place}: ${issue?.message ?? 'not understood'}${more}`);
}

/**
 * What a schema makes of a value.
 * @throws SpansMistake with what is wrong, be it that the value is nested deeper than a schema can follow.
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = safely(() => schema.safeParse(value));
  if (error) throw schemaMistake(error);
  return data as T;
}

function safely<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw new SpansMistake('the body is nested too deep');
    throw error;
  }
}

/** @throws SpansMistake if the text is not JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new SpansMistake(`the body is not JSON: ${(error as Error).message}`);
  }
}

/** The most that one span may hold; the rest is cut off, so that a sender cannot fill the memory with one span. */
const longestText = 8192;
const mostTags = 128;
const mostAnnotations = 128;

/** The span with texts and lists that are not longer than a page can show. */
export function bounded(span: Span): Span {
  return {
    ...span,
    ...(span.name !== undefined && { name: cut(span.name) }),
    tags: Object.fromEntries(
      Object.entries(span.tags)
        .slice(0, mostTags)
        .map(([key, value]) => [cut(key), cut(value)]),
    ),
    annotations: span.annotations
      .slice(0, mostAnnotations)
      .map(({ timestamp, value }) => ({ timestamp, value: cut(value) })),
  };
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** About how many bytes a span takes in memory: its texts, and what the objects around them cost. */
export function sizeOf({ name = '', tags, annotations }: Span): number {
  const objects = 600;
  let size = objects + name.length;
  for (const key in tags) size += key.length + (tags[key]?.length ?? 0) + 32;
  for (const { value } of annotations) size += value.length + 64;
  return size;
}
