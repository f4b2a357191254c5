import { formatAge } from '#mesh/cli/output/age.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

/** The value at a path of plain data, or undefined where the path leaves it. */
export function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** The scalar at a path as text; '' when it is missing. */
export function textField(value: unknown, ...path: readonly (string | number)[]): string {
  const found = field(value, ...path);
  return found === undefined || found === null || typeof found === 'object' ? '' : String(found);
}

export function numberField(value: unknown, ...path: readonly (string | number)[]): number {
  return Number(textField(value, ...path) || 0);
}

export function listField(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The object at a path as a record of texts: labels, selectors, data. */
export function recordField(
  value: unknown,
  ...path: readonly (string | number)[]
): Readonly<Record<string, string>> {
  const found = field(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return {};
  return Object.fromEntries(Object.entries(found).map(([key, text]) => [key, String(text)]));
}

/** Labels as kubectl prints them: sorted `key=value`, joined by commas. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length > 0 ? pairs.sort().join(',') : '<none>';
}

export function ageOf(object: KubernetesObject, now: number): string {
  const created = Date.parse(object.metadata.creationTimestamp);
  return Number.isNaN(created) ? '<unknown>' : formatAge(now - created);
}
