import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

/** What stands in one column for an object. */
export type Cell = (object: KubernetesObject, now: Date) => unknown;

/** By resource (`pods`, `deployments.apps`), then by the column's name. */
export type CellsOfKinds = Readonly<Record<string, Readonly<Record<string, Cell>>>>;

export const none = '<none>';
export const unset = '<unset>';

/** The columns that mean the same for every kind. */
export const commonCells: Readonly<Record<string, Cell>> = {
  Name: ({ metadata }) => metadata.name,
  Age: ({ metadata }, now) => since(metadata.creationTimestamp, now),
  'Created At': ({ metadata }) => metadata.creationTimestamp,
};

/** The text at a path, else what Kubernetes shows in its place. */
export const text =
  (path: string, otherwise = ''): Cell =>
  (object) =>
    textAt(object, ...path.split('.')) || otherwise;

export const number =
  (path: string): Cell =>
  (object) =>
    numberAt(object, ...path.split('.'));

export const flag =
  (path: string, otherwise = false): Cell =>
  (object) =>
    fieldAt(object, ...path.split('.')) ?? otherwise;

/** How many there are in a list or map. */
export const count =
  (...paths: readonly string[]): Cell =>
  (object) =>
    paths
      .map((path) => path.split('.'))
      .reduce((sum, path) => sum + listAt(object, ...path).length + mapAt(object, ...path).size, 0);

/** `Containers` and `Images` of a pod template, by `template` as the path to the pod's spec. */
export function containerCells(template: string): Readonly<Record<'Containers' | 'Images', Cell>> {
  const each = (field: string): Cell => {
    return (object) =>
      listAt(object, ...template.split('.'), 'containers')
        .map((container) => textAt(container, field))
        .join(',');
  };
  return { Containers: each('name'), Images: each('image') };
}

/** Labels as `key=value`, in the order of their keys. */
export function formatLabels(labels: ReadonlyMap<string, string>): string {
  const pairs = [...labels].map(([key, value]) => `${key}=${value}`).sort();
  return pairs.length > 0 ? pairs.join(',') : none;
}

/** A metav1.LabelSelector in the notation of `-l`. */
export function formatSelector(selector: unknown): string {
  const labels = [...mapAt(selector, 'matchLabels')].map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  const expressions = listAt(selector, 'matchExpressions').map((expression) => {
    const key = textAt(expression, 'key');
    return { key, text: formatExpression(key, expression) };
  });
  const terms = [...labels, ...expressions].sort((left, right) => (left.key < right.key ? -1 : 1));
  return terms.map((term) => term.text).join(',') || none;
}

function formatExpression(key: string, expression: unknown): string {
  const values = listAt(expression, 'values').map(String).sort().join(',');
  switch (textAt(expression, 'operator')) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}

/** The first of a list, and how many more there are; `empty` when it has none. */
export function shortened(
  items: readonly string[],
  { most, empty }: { most: number; empty: string },
): string {
  if (items.length === 0) return empty;
  const shown = items.slice(0, most).join(',');
  return items.length > most ? `${shown} + ${items.length - most} more...` : shown;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/**
 * A duration as kubectl's AGE column shows it: two units while the larger one is small, else one (`85s`, `4m10s`,
 * `7h12m`, `3d2h`, `400d`). See k8s.io/apimachinery/pkg/util/duration HumanDuration.
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  // Clocks may differ a little: what is just ahead counts as now.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return units(seconds, [minute, 'm'], [1, 's']);
  if (seconds < 3 * hour) return units(seconds, [minute, 'm']);
  if (seconds < 8 * hour) return units(seconds, [hour, 'h'], [minute, 'm']);
  if (seconds < 2 * day) return units(seconds, [hour, 'h']);
  if (seconds < 8 * day) return units(seconds, [day, 'd'], [hour, 'h']);
  if (seconds < 2 * year) return units(seconds, [day, 'd']);
  if (seconds < 8 * year) return units(seconds, [year, 'y'], [day, 'd']);
  return units(seconds, [year, 'y']);
}

/** How long ago a time stamp is; `<unknown>` when there is none. */
export function since(timestamp: unknown, now: Date): string {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(time) ? '<unknown>' : humanDuration(now.getTime() - time);
}

type Unit = readonly [size: number, letter: string];

function units(seconds: number, [size, letter]: Unit, smaller?: Unit): string {
  const rest = smaller ? Math.floor((seconds % size) / smaller[0]) : 0;
  return `${Math.floor(seconds / size)}${letter}${smaller && rest > 0 ? `${rest}${smaller[1]}` : ''}`;
}

type Path = readonly string[];

/** The value at a path of plain data; undefined where the path leaves it. */
export function fieldAt(value: unknown, ...path: Path): unknown {
  return path.reduce<unknown>(
    (current, key) => (isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined),
    value,
  );
}

/** The scalar at a path as text; '' when there is none. */
export function textAt(value: unknown, ...path: Path): string {
  const found = fieldAt(value, ...path);
  return found === undefined || found === null || typeof found === 'object' ? '' : String(found);
}

export function numberAt(value: unknown, ...path: Path): number {
  const found = Number(fieldAt(value, ...path) ?? 0);
  return Number.isNaN(found) ? 0 : found;
}

export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const found = fieldAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The map at a path, its values as texts: labels, selectors, quantities. */
export function mapAt(value: unknown, ...path: Path): ReadonlyMap<string, string> {
  const found = fieldAt(value, ...path);
  return new Map(isObject(found) ? Object.entries(found).map(([key, text]) => [key, String(text)]) : []);
}

/** The condition of a type among an object's `status.conditions`. */
export function conditionOf(object: unknown, type: string): unknown {
  return listAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'type') === type);
}

export function isConditionTrue(object: unknown, type: string): boolean {
  return textAt(conditionOf(object, type), 'status') === 'True';
}
