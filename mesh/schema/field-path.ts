import type { YamlPath } from '#mesh/load/document.ts';

const plainName = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A path as a person writes it: `spec.http[0].retries.attempts`, `metadata.labels["app.kubernetes.io/name"]`. */
export function fieldPath(path: YamlPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!plainName.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** What stands at a path. */
export function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((parent, step) => {
    if (typeof parent !== 'object' || parent === null) return undefined;
    return Object.entries(parent).find(([name]) => name === String(step))?.[1];
  }, value);
}

/** A value in a message, shortened: `number 2`, `string "abc"`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return describeObject(Object.keys(value));
  const text = JSON.stringify(value);
  return `${typeof value} ${text.length > 60 ? `${text.slice(0, 57)}…"` : text}`;
}

function describeObject(names: readonly string[]): string {
  if (names.length === 0) return 'an empty object';
  return `an object with ${names.map((name) => `\`${name}\``).join(', ')}`;
}
