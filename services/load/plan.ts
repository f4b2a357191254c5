import { parseDuration } from '#platform/duration.ts';
import { isHttpUrl } from '#platform/environment.ts';
import { readFlags } from '#services/load/flags.ts';
import { parseThresholds, type Thresholds } from '#services/load/thresholds.ts';

/** What to send, how often, and what to print about it. */
export interface Plan {
  readonly url: URL;
  readonly method: string;
  /** Names as the user wrote them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly connections: number;
  /** In all; 0 if the time decides. */
  readonly requests: number;
  /** Milliseconds; 0 if the number of requests, or Ctrl-C, decides. */
  readonly duration: number;
  /** Requests a second in all; 0 for as fast as answers come. */
  readonly qps: number;
  readonly timeoutMs: number;
  readonly keepAlive: boolean;
  readonly percentiles: readonly number[];
  readonly output: 'text' | 'json';
  readonly jsonFile: string | undefined;
  readonly labels: string;
  readonly curl: boolean;
  readonly quiet: boolean;
  readonly thresholds: Thresholds;
}

export type PlanResult =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly mistake: string };

/** Thrown inside of this file, and returned as a mistake. */
class FlagMistake extends Error {
  override readonly name = 'FlagMistake';
}

/** Reads the command line; the first mistake in it becomes one line that says what would be right. */
export function parsePlan(args: readonly string[]): PlanResult {
  try {
    return planOf(readFlags(args));
  } catch (error) {
    // Node's own, of parseArgs, have a code; all else is a bug.
    if (error instanceof FlagMistake || (error instanceof TypeError && 'code' in error))
      return { kind: 'mistake', mistake: error.message.split('\n')[0] ?? '' };
    throw error;
  }
}

function planOf({ values, positionals, set }: ReturnType<typeof readFlags>): PlanResult {
  if (values.help || values.h) return { kind: 'help' };
  const requests = whole('-n', values.n, { min: 0, max: 1e9 });
  const body = values.payload ?? '';
  const thresholds = parseThresholds(values);
  if (typeof thresholds === 'string') throw new FlagMistake(thresholds);
  if (values.o !== 'text' && values.o !== 'json')
    throw new FlagMistake(`-o ${values.o}: must be text or json`);
  const plan: Plan = {
    url: urlOf(positionals),
    method: values.X ?? (body === '' ? 'GET' : 'POST'),
    headers: headersOf(values.H, values['content-type']),
    body,
    connections: whole('-c', values.c, { min: 1, max: 10_000 }),
    requests,
    duration: requests > 0 && !set.has('t') ? 0 : time('-t', values.t),
    qps: requests > 0 && !set.has('qps') ? 0 : decimal('-qps', values.qps),
    timeoutMs: time('-timeout', values.timeout),
    keepAlive: values.keepalive !== 'false',
    percentiles: values.p.split(',').map((text) => percentile(text)),
    output: values.json === '-' ? 'json' : values.o,
    jsonFile: values.json === '-' ? undefined : values.json,
    labels: values.labels,
    curl: values.curl,
    quiet: values.quiet || /^(warning|error|critical|fatal)$/i.test(values.loglevel),
    thresholds,
  };
  if (!/^[A-Z]+$/.test(plan.method))
    throw new FlagMistake(`-X ${plan.method}: must be a method, such as PUT`);
  return { kind: 'plan', plan };
}

function urlOf(positionals: readonly string[]): URL {
  const [text, ...more] = positionals;
  if (text === undefined) throw new FlagMistake('a URL is missing: load -c 2 -n 20 http://httpbin:8000/get');
  if (more.length > 0) throw new FlagMistake(`only one URL is allowed; remove ${more.join(' ')}`);
  const full = text.includes('://') ? text : `http://${text}`;
  if (isHttpUrl(full)) return new URL(full);
  throw new FlagMistake(`${text}: must be a URL that begins with http:// or https://`);
}

function headersOf(lines: readonly string[], contentType: string | undefined): [string, string][] {
  const headers = lines.map((line): [string, string] => {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new FlagMistake(`-H ${JSON.stringify(line)}: must be a header, such as 'end-user: jason'`);
    return [name, value];
  });
  return contentType === undefined ? headers : [...headers, ['Content-Type', contentType]];
}

function whole(flag: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new FlagMistake(`${flag} ${text}: must be a whole number from ${min} to ${max}`);
}

function decimal(flag: string, text: string): number {
  const value = text === 'max' ? 0 : Number(text);
  if (Number.isFinite(value)) return Math.max(0, value);
  throw new FlagMistake(`${flag} ${text}: must be a number, 0 for as fast as possible`);
}

function time(flag: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new FlagMistake(`${flag} ${text}: must be a time with its unit, such as 250ms, 1.5s or 2m (or 0)`);
}

function percentile(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 100) return value;
  throw new FlagMistake(`-p ${text}: must be percentiles above 0 and up to 100, with commas between them`);
}
