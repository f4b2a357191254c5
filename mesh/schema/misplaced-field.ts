import type { YamlPath } from '#mesh/load/document.ts';
import { descend, knownFields } from '#mesh/schema/descend.ts';
import { fieldPath } from '#mesh/schema/field-path.ts';

/**
 * A right name at the wrong depth, the commonest slip of indentation: `perTryTimeout` beside `retries` instead of
 * under it, or `timeout` under `retries` instead of beside it.
 */
export function misplacedField(schema: unknown, path: YamlPath): string | undefined {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1);
  const home = below(schema, parent, name) ?? above(schema, parent, name);
  return home && `\`${name}\` belongs to \`${fieldPath(home)}\`: correct the indentation`;
}

function below(schema: unknown, parent: YamlPath, name: string): YamlPath | undefined {
  const parentSchema = parent.reduce<unknown>(descend, schema);
  const sibling = knownFields(schema, parent).find((field) => {
    return knownFields(descend(parentSchema, field), []).includes(name);
  });
  return sibling === undefined ? undefined : [...parent, sibling];
}

function above(schema: unknown, parent: YamlPath, name: string): YamlPath | undefined {
  const ancestors = parent.map((_, index) => parent.slice(0, parent.length - 1 - index));
  return ancestors.find((ancestor) => ancestor.length > 0 && knownFields(schema, ancestor).includes(name));
}
