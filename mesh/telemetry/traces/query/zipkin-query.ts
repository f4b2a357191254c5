import { z } from 'zod';
import type { TagCondition, TraceQuery } from '#mesh/telemetry/traces/query/search.ts';

/** Mistakes in the parameters of a search. */
export class QueryMistake extends Error {
  override readonly name = 'QueryMistake';
}

const count = z.coerce.number().int().nonnegative();
const largestLimit = 1000;

/** The parameters of `GET /api/v2/traces` (https://zipkin.io/zipkin-api/). */
const zipkinParameters = z.object({
  serviceName: z.string().optional(),
  spanName: z.string().optional(),
  annotationQuery: z.string().optional(),
  minDuration: count.optional(),
  maxDuration: count.optional(),
  endTs: count.optional(),
  lookback: count.optional(),
  limit: count.min(1).max(largestLimit).default(10),
});

/**
 * A search in Zipkin's words: durations in microseconds, times in milliseconds, tags as `a=1 and error`.
 * @throws QueryMistake
 */
export function fromZipkinQuery(search: URLSearchParams): TraceQuery {
  const given = [...search].filter(([, value]) => value !== '');
  const { data, error } = zipkinParameters.safeParse(Object.fromEntries(given));
  if (error) throw new QueryMistake(`${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`);
  const {
    serviceName,
    spanName,
    annotationQuery = '',
    minDuration,
    maxDuration,
    endTs,
    lookback,
    limit,
  } = data;
  const tags = tagConditions(annotationQuery);
  return {
    // Zipkin writes them in lower case, and its UI asks with `all` for every one.
    ...(serviceName && { service: serviceName.toLowerCase() }),
    ...(spanName && spanName !== 'all' && { operation: spanName }),
    ...(minDuration !== undefined && { minDuration }),
    ...(maxDuration !== undefined && { maxDuration }),
    ...(endTs !== undefined && { until: endTs }),
    ...(lookback !== undefined && { since: (endTs ?? Date.now()) - lookback }),
    tags: tags.filter(({ name, value }) => name !== 'error' || value !== undefined),
    ...(tags.some(({ name, value }) => name === 'error' && value === undefined) && { error: true }),
    limit,
  };
}

/** The same search as parameters, for a server that speaks Zipkin's API. */
export function toZipkinQuery(query: TraceQuery): URLSearchParams {
  const { service, operation, minDuration, maxDuration, error, tags, since, until, limit } = query;
  const conditions = [...tags.map(tagText), ...(error ? ['error'] : [])].join(' and ');
  const given = {
    serviceName: service,
    spanName: operation,
    minDuration,
    maxDuration,
    annotationQuery: conditions || undefined,
    endTs: until,
    lookback: since === undefined ? undefined : (until ?? Date.now()) - since,
    limit,
  };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters;
}

/** `http.status_code=500 and retry.count`: a name alone means any value. */
export function tagConditions(text: string): readonly TagCondition[] {
  return text
    .split(/\s+and\s+/)
    .filter((part) => part.trim() !== '')
    .map(tagCondition);
}

function tagCondition(text: string): TagCondition {
  const [name = '', ...value] = text.trim().split('=');
  return value.length === 0 ? { name } : { name, value: value.join('=') };
}

function tagText({ name, value }: TagCondition): string {
  return value === undefined ? name : `${name}=${value}`;
}
