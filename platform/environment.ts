import { z } from 'zod';
import { DURATION_FORM, parseDuration } from '#platform/duration.ts';

/** Environment variables as the process or a test gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that a user set to something the program cannot use. */
export interface EnvironmentMistake {
  readonly variable: string;
  readonly value: string;
  /** The values that are allowed, as a phrase. */
  readonly allowed: string;
}

export type EnvironmentResult<T> =
  | { readonly ok: true; readonly config: T }
  | { readonly ok: false; readonly mistakes: readonly EnvironmentMistake[] };

/** sysexits.h's EX_CONFIG: a restart does not help, the configuration has to change. */
export const EXIT_CONFIG = 78;

/** A variable read by a function that gives undefined for a value that is not allowed. */
export function variable<T>(allowed: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context) => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}

export function number({ min, max }: { min: number; max: number }) {
  return variable(`a number from ${min} to ${max}`, (text) => {
    const value = Number(text);
    return /^[-+.\deE]+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

export function integer({ min, max }: { min: number; max: number }) {
  return variable(`a whole number from ${min} to ${max}`, (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

/** In milliseconds. */
export function duration() {
  return variable(DURATION_FORM, parseDuration);
}

/** An http or https URL as the user wrote it. */
export function httpUrl() {
  return variable(HTTP_URL_FORM, (text) => (isHttpUrl(text) ? text : undefined));
}

/** What a URL may look like, for messages. */
export const HTTP_URL_FORM = 'a URL that begins with http:// or https://';

export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.hostname !== '';
}

export function oneOf<const T extends string>(...values: readonly T[]) {
  return variable(`one of ${values.join(', ')}`, (text) => values.find((value) => value === text));
}

/**
 * Validates the variables that a schema names, and reports every mistake at once: a pod that names one mistake per
 * restart costs its user an hour. An empty variable counts as unset, since manifests often blank one out with `value: ""`.
 */
export function readEnvironment<T extends z.ZodType>(
  schema: T,
  env: Environment,
): EnvironmentResult<z.output<T>> {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const result = schema.safeParse(set);
  if (result.success) return { ok: true, config: result.data };
  const mistakes = result.error.issues.map(({ path, message }) => {
    const name = String(path[0] ?? '');
    return { variable: name, value: set[name] ?? '', allowed: message };
  });
  return { ok: false, mistakes };
}

/** All mistakes as text: variable, value and what is allowed, one per line. */
export function formatMistakes(program: string, mistakes: readonly EnvironmentMistake[]): string {
  const count =
    mistakes.length === 1 ? '1 environment variable is' : `${mistakes.length} environment variables are`;
  const lines = mistakes.map(
    ({ variable, value, allowed }) => `  ${variable}=${JSON.stringify(value)}: must be ${allowed}`,
  );
  return [`${program} cannot start: ${count} wrong`, ...lines, ''].join('\n');
}
