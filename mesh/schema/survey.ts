import type { YamlPath } from '#mesh/load/document.ts';
import { descend, unwrap } from '#mesh/schema/descend.ts';
import { type Inventory, inventories } from '#mesh/schema/fields.ts';

/** A field that is valid and yet worth a word. */
export interface Finding {
  readonly path: YamlPath;
  readonly kind: 'unsupported' | 'unsupported-value' | 'deprecated';
  /** What happens instead, or what to write instead. */
  readonly detail: string;
}

/** Every unsupported or deprecated field that a value uses, in the order of the manifest. */
export function survey(schema: unknown, value: unknown, path: YamlPath = []): readonly Finding[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = unwrap(schema);
  const inventory = isSchema(inner) ? inventories.get(inner) : undefined;
  return members(value).flatMap(([step, member]) => {
    const here = [...path, step];
    const finding = inventory && find(inventory, here, member);
    // Inside an unsupported field nothing is carried out, so one finding says it all; deprecated ones are leaves.
    return finding ? [finding] : survey(descend(inner, step), member, here);
  });
}

function find(inventory: Inventory, path: YamlPath, value: unknown): Finding | undefined {
  const name = String(path.at(-1));
  const unsupported = ownValue(inventory.unsupported, name);
  if (unsupported !== undefined) return { path, kind: 'unsupported', detail: unsupported };
  const detail = ownValue(ownValue(inventory.unsupportedValues, name) ?? {}, String(value));
  if (detail !== undefined) return { path, kind: 'unsupported-value', detail };
  const deprecated = ownValue(inventory.deprecated, name);
  return deprecated === undefined ? undefined : { path, kind: 'deprecated', detail: deprecated };
}

function ownValue<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function members(value: object): readonly (readonly [string | number, unknown])[] {
  return Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
}

function isSchema(value: unknown): value is Parameters<typeof inventories.get>[0] {
  return typeof value === 'object' && value !== null && '_zod' in value;
}
