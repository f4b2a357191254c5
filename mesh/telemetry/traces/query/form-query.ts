import { parseDuration } from '#mesh/telemetry/traces/format.ts';
import type { TraceQuery } from '#mesh/telemetry/traces/query/search.ts';
import { tagConditions } from '#mesh/telemetry/traces/query/zipkin-query.ts';

/** A search as a person writes it, in the page's form and in the flags of `mesh traces`. */
export interface SearchForm {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  /** As in `100ms`, `1.5s`. */
  readonly minDuration?: string | undefined;
  readonly maxDuration?: string | undefined;
  readonly status?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Traces of the last `15m`, `1h`; a duration. */
  readonly lookback?: string | undefined;
  readonly limit?: string | undefined;
}

export interface FormQuery {
  readonly query: TraceQuery;
  /** Mistakes by field; the search ignores such a field. */
  readonly mistakes: Readonly<Record<string, string>>;
}

const defaultLimit = 50;
const largestLimit = 1000;

/** Reads a search; `now` in milliseconds since 1970. */
export function readForm(form: SearchForm, now: number): FormQuery {
  const mistakes: Record<string, string> = {};
  const duration = (field: 'minDuration' | 'maxDuration' | 'lookback') => {
    const text = form[field]?.trim();
    if (!text) return undefined;
    const microseconds = parseDuration(text);
    if (microseconds === undefined)
      mistakes[field] = `"${text}" is no duration; write 250us, 100ms, 1.5s or 2m`;
    return microseconds;
  };
  const [minDuration, maxDuration, lookback] = [
    duration('minDuration'),
    duration('maxDuration'),
    duration('lookback'),
  ];
  const service = form.service?.trim().toLowerCase();
  const operation = form.operation?.trim();
  const error = errorOf(form.status, mistakes);
  const query: TraceQuery = {
    ...(service && { service }),
    ...(operation && { operation }),
    ...(minDuration !== undefined && { minDuration }),
    ...(maxDuration !== undefined && { maxDuration }),
    ...(error !== undefined && { error }),
    ...(lookback !== undefined && { since: now - lookback / 1000 }),
    tags: tagConditions((form.tags ?? []).join(' and ')),
    limit: limitOf(form.limit, mistakes),
  };
  return { query, mistakes };
}

function errorOf(status: string | undefined, mistakes: Record<string, string>): boolean | undefined {
  if (!status || status === 'any') return undefined;
  if (status !== 'error' && status !== 'ok') mistakes['status'] = `"${status}" is none of any, error, ok`;
  return status === 'error' ? true : status === 'ok' ? false : undefined;
}

function limitOf(text: string | undefined, mistakes: Record<string, string>): number {
  if (!text?.trim()) return defaultLimit;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= largestLimit) return limit;
  mistakes['limit'] = `"${text}" is no number from 1 to ${largestLimit}`;
  return defaultLimit;
}
