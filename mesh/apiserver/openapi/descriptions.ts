import { apiVersionOf } from '#mesh/apiserver/resource-type.ts';
import { referenceOf } from '#mesh/apiserver/shapes/definitions.ts';
import type { GroupVersionKind, Schema } from '#mesh/apiserver/shapes/schema.ts';

/**
 * What the mesh does with a field of a kind, in a sentence or two. `path` has the names of fields, and `*` for the values
 * of a map; lists are left out: `['spec', 'http', 'retries']`. An empty path asks for the kind as a whole.
 */
export type Describe = (apiVersion: string, kind: string, path: readonly string[]) => string | undefined;

type Described = { -readonly [Key in keyof Schema]: Schema[Key] } & { description?: string };

/**
 * The components with what the mesh does with each field. A definition that several kinds share says what the first
 * of them has to say.
 */
export function withDescriptions(
  components: Readonly<Record<string, Schema>>,
  { kinds, describe }: { readonly kinds: readonly GroupVersionKind[]; readonly describe: Describe },
): Record<string, Schema> {
  const described = new Map(Object.entries(structuredClone(components)));
  const names = namesByKind(described);
  for (const { group, version, kind } of kinds) {
    const name = names.get(`${apiVersionOf(group, version)} ${kind}`);
    if (name === undefined) continue;
    const apiVersion = apiVersionOf(group, version);
    new Walk(described, (path) => describe(apiVersion, kind, path)).definition(name, []);
  }
  return Object.fromEntries(described);
}

function namesByKind(definitions: ReadonlyMap<string, Schema>): ReadonlyMap<string, string> {
  const named = [...definitions].flatMap(([name, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? []).map(
      ({ group, version, kind }) => [`${apiVersionOf(group, version)} ${kind}`, name] as const,
    ),
  );
  return new Map(named);
}

/** Whether a definition is that of a kind itself. */
export function isOfKind(schema: Schema, { group, version, kind }: GroupVersionKind): boolean {
  const kinds = schema['x-kubernetes-group-version-kind'] ?? [];
  return kinds.some((each) => each.group === group && each.version === version && each.kind === kind);
}

/** One kind's way through the definitions. */
class Walk {
  readonly #definitions: ReadonlyMap<string, Schema>;
  readonly #textAt: (path: readonly string[]) => string | undefined;
  /** Definitions may contain themselves, as the schema of a schema does. */
  readonly #seen = new Set<string>();

  constructor(
    definitions: ReadonlyMap<string, Schema>,
    textAt: (path: readonly string[]) => string | undefined,
  ) {
    this.#definitions = definitions;
    this.#textAt = textAt;
  }

  definition(name: string, path: readonly string[]): void {
    const schema = this.#definitions.get(name);
    if (!schema || this.#seen.has(name)) return;
    this.#seen.add(name);
    if (path.length === 0) this.#say(schema, path);
    this.#inside(schema, path);
  }

  #inside(schema: Schema, path: readonly string[]): void {
    const name = referenceOf(schema);
    if (name !== undefined) this.definition(name, path);
    for (const [field, member] of Object.entries(schema.properties ?? {})) {
      this.#say(member, [...path, field]);
      this.#inside(member, [...path, field]);
    }
    if (schema.items) this.#inside(schema.items, path);
    if (typeof schema.additionalProperties === 'object')
      this.#inside(schema.additionalProperties, [...path, '*']);
  }

  #say(schema: Described, path: readonly string[]): void {
    if (schema.description !== undefined) return;
    const text = this.#textAt(path);
    if (text === undefined) return;
    schema.description = text;
    // Nothing may stand beside a reference, so the reference moves in.
    if (schema.$ref === undefined) return;
    schema.allOf = [{ $ref: schema.$ref }];
    delete schema.$ref;
  }
}
