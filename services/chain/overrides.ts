import type { Request } from 'express';
import { DURATION_FORM, parseDuration } from '#platform/duration.ts';
import { RequestMistake } from '#platform/error-answer.ts';

/** What a single request asks of the hop that it reaches; only `fail` travels on. */
export interface Overrides {
  /** The chance, from 0 to 1, that a hop answers 500. */
  readonly fail?: number;
  /** In milliseconds. */
  readonly delay?: number;
  /** The status to answer with, in place of calling the downstream. */
  readonly code?: number;
}

interface Override {
  readonly name: keyof Overrides;
  readonly allowed: string;
  parse(text: string): number | undefined;
}

/** Longer than every lesson needs, and short enough that strangers cannot pile up waiting requests. */
const MAX_DELAY = 60_000;

const OVERRIDES: readonly Override[] = [
  {
    name: 'fail',
    allowed: 'a probability from 0 to 1, such as 0.3',
    parse: within(/^(\d+\.?\d*|\.\d+)$/, 0, 1),
  },
  { name: 'delay', allowed: `${DURATION_FORM}, at most 1m`, parse: parseDelay },
  { name: 'code', allowed: 'a status code from 200 to 599', parse: within(/^\d{3}$/, 200, 599) },
];

/**
 * Reads the overrides from the query string, else the headers.
 *
 * @throws RequestMistake that names every override whose value is out of bounds
 */
export function readOverrides({ url, headers }: Pick<Request, 'url' | 'headers'>): Overrides {
  const query = searchParams(url);
  const overrides: { -readonly [K in keyof Overrides]: Overrides[K] } = {};
  const mistakes: string[] = [];
  for (const { name, allowed, parse } of OVERRIDES) {
    const inQuery = query?.getAll(name).join(', ');
    const text = inQuery || headers[name];
    if (typeof text !== 'string' || text === '') continue;
    const value = parse(text.trim());
    if (value === undefined)
      mistakes.push(`${inQuery ? 'query parameter' : 'header'} ${name}: ${text}: must be ${allowed}`);
    else overrides[name] = value;
  }
  if (mistakes.length > 0) throw new RequestMistake(mistakes.join('; '));
  return overrides;
}

/** The query string without the overrides, which are for this hop and must not reach the next one a second time. */
export function queryToPassOn(url: string): string {
  const query = searchParams(url);
  if (!query) return '';
  for (const { name } of OVERRIDES) query.delete(name);
  return query.toString();
}

function searchParams(url: string): URLSearchParams | undefined {
  const mark = url.indexOf('?');
  return mark === -1 ? undefined : new URLSearchParams(url.slice(mark));
}

function within(form: RegExp, min: number, max: number): Override['parse'] {
  return (text) => {
    const value = Number(text);
    return form.test(text) && value >= min && value <= max ? value : undefined;
  };
}

function parseDelay(text: string): number | undefined {
  const delay = parseDuration(text);
  return delay === undefined || delay > MAX_DELAY ? undefined : delay;
}
