import { type Cause, tooLarge } from '#mesh/apiserver/api-error.ts';
import { applied } from '#mesh/apiserver/field-managers/apply.ts';
import { type FieldType, fieldTypeOf } from '#mesh/apiserver/field-managers/field-type.ts';
import { updated } from '#mesh/apiserver/field-managers/update.ts';
import type { ApplyOptions, KindFacts } from '#mesh/apiserver/kind-facts.ts';
import { builtInTypes, typeOfDefinition } from '#mesh/apiserver/kinds/built-in-types.ts';
import { toStored } from '#mesh/apiserver/kinds/conversion.ts';
import { Field } from '#mesh/apiserver/kinds/field.ts';
import { checkMetadata } from '#mesh/apiserver/kinds/object-metadata.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import type { PatchSchema } from '#mesh/apiserver/patch/patches.ts';
import {
  apiVersionOf,
  type ResourceType,
  ResourceTypes,
  resourceKey,
} from '#mesh/apiserver/resource-type.ts';
import type { FieldManagers, ObjectRules, UpdateOptions } from '#mesh/apiserver/rules.ts';
import { type CustomResourceDefinition, resolve } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import { type Shape, shapeOf, shapeOfCrd } from '#mesh/apiserver/shapes/shape.ts';
import { applyDefaults } from '#mesh/apiserver/validation/defaults.ts';
import { hasNull, pruned } from '#mesh/apiserver/validation/prune.ts';
import { validateShape } from '#mesh/apiserver/validation/shape.ts';

/** What a kind's shape cannot say: checks and defaults, by hand. */
export interface KindRules {
  defaulted?(object: DraftObject, before: KubernetesObject | undefined): DraftObject;
  causes?(object: KubernetesObject, before: KubernetesObject | undefined): readonly Cause[];
  /** What is taken, and probably a mistake. */
  warnings?(object: KubernetesObject): readonly string[];
}

/** Of an object as JSON, in bytes: what etcd takes in one write. */
const largestObject = 1.5 * 1024 * 1024;

/** Every kind that is served, with what its objects may contain. CustomResourceDefinitions add to them. */
export class Kinds implements ObjectRules, FieldManagers, Pick<KindFacts, 'applied' | 'patchSchema'> {
  readonly types = new ResourceTypes(builtInTypes());
  readonly #own: ReadonlyMap<string, KindRules>;
  readonly #definitions = new Map<string, CustomResourceDefinition>();
  /** Made on demand, for kinds that users have defined. */
  readonly #shapes = new Map<string, Shape | undefined>();

  /** @param own by resource: `services`, `deployments.apps` */
  constructor(own: ReadonlyMap<string, KindRules> = new Map()) {
    this.#own = own;
  }

  /** Serves the kind of a CustomResourceDefinition, or its new form. */
  define(definition: CustomResourceDefinition): ResourceType {
    const type = typeOfDefinition(definition);
    this.#definitions.set(resourceKey(type), definition);
    this.#shapes.clear();
    this.types.add(type);
    return type;
  }

  undefine(definition: CustomResourceDefinition): void {
    const type = typeOfDefinition(definition);
    this.#definitions.delete(resourceKey(type));
    this.#shapes.clear();
    this.types.remove(type);
  }

  /** The CustomResourceDefinition of a kind that a user has defined. */
  definitionOf(type: ResourceType): CustomResourceDefinition | undefined {
    return this.#definitions.get(resourceKey(type));
  }

  shape(type: ResourceType, version = type.version): Shape | undefined {
    const definition = this.definitionOf(type);
    if (!definition) return shapeOf(apiVersionOf(type.group, version), type.kind);
    const key = `${resourceKey(type)} ${version}`;
    if (!this.#shapes.has(key)) this.#shapes.set(key, shapeOfCrd(definition, version));
    return this.#shapes.get(key);
  }

  patchSchema(type: ResourceType, version: string): PatchSchema | undefined {
    const shape = this.shape(type, version);
    return shape?.native ? patchSchemaOf(shape.schema) : undefined;
  }

  prune(given: DraftObject, type: ResourceType) {
    const object = toStored(given);
    const shape = this.shape(type);
    if (!shape) return { object, unknown: [] };
    const { unknown } = validateShape(object, shape);
    const isPlain = unknown.length === 0 && !hasNull(object);
    return { object: isPlain ? object : pruned(object, shape), unknown };
  }

  defaulted(object: DraftObject, type: ResourceType, before?: KubernetesObject): DraftObject {
    const shape = this.shape(type);
    const filled = shape ? applyDefaults(object, shape) : object;
    return this.#own.get(resourceKey(type))?.defaulted?.(filled, before) ?? filled;
  }

  causes(object: KubernetesObject, type: ResourceType, before?: KubernetesObject): readonly Cause[] {
    const shape = this.shape(type);
    const causes = shape ? validateShape(object, shape, before).causes : [];
    // What is of the wrong type can be judged no further.
    if (causes.some(({ reason }) => reason === 'FieldValueTypeInvalid')) return causes;
    const whole = Field.of(object);
    checkMetadata(whole.at('metadata'), type, before);
    const rules = this.#own.get(resourceKey(type))?.causes?.(object, before) ?? [];
    const own = [...rules, ...scaleCauses(whole, this.definitionOf(type), type.version)];
    // Where both speak of a place, the rules have Kubernetes' words.
    const spoken = new Set([...whole.causes, ...own].map(({ field }) => field));
    const unspoken = causes.filter(({ field }) => !spoken.has(field) && !spoken.has(listOf(field)));
    return [...whole.causes, ...unspoken, ...own];
  }

  warnings(object: KubernetesObject, type: ResourceType): readonly string[] {
    return this.#own.get(resourceKey(type))?.warnings?.(object) ?? [];
  }

  /** @throws ApiError 413 */
  checkSize(object: KubernetesObject): void {
    if (Buffer.byteLength(JSON.stringify(object)) > largestObject) throw tooLarge(largestObject);
  }

  updated(options: UpdateOptions): KubernetesObject {
    const { apiVersion, kind } = options.after;
    return updated(options, this.#fieldType(this.types.ofKind(apiVersion, kind)));
  }

  applied(before: KubernetesObject | undefined, wanted: DraftObject, options: ApplyOptions): DraftObject {
    return applied(before, wanted, { ...options, fieldType: this.#fieldType(options.type) });
  }

  #fieldType(type: ResourceType | undefined): FieldType {
    return fieldTypeOf(type && this.shape(type));
  }
}

/** What a kind's scale subresource counts cannot be less than nothing; the path is written as the definition has it. */
function scaleCauses(
  object: Field,
  definition: CustomResourceDefinition | undefined,
  version: string,
): readonly Cause[] {
  const scale = definition?.spec.versions.find(({ name }) => name === version)?.subresources?.scale;
  const paths = scale ? [scale.specReplicasPath, scale.statusReplicasPath] : [];
  return paths.flatMap((path) => {
    const { number } = object.at(...path.replace(/^\./, '').split('.'));
    if (number === undefined || number >= 0) return [];
    const message = `Invalid value: ${number}: should be a non-negative integer`;
    return [{ reason: 'FieldValueInvalid', message, field: path }];
  });
}

/** Kubernetes' code may name the list where one of its elements is wrong. */
function listOf(field: string): string {
  return field.replace(/\[\d+\]$/, '');
}

/** What a strategic merge has to know, read off a kind's OpenAPI schema. */
function patchSchemaOf(raw: Schema): PatchSchema {
  const schema = resolve(raw);
  return {
    field(name) {
      const known =
        schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
      const further = schema.additionalProperties;
      const found = known ?? (typeof further === 'object' ? further : undefined);
      return found && patchSchemaOf(found);
    },
    items: () => schema.items && patchSchemaOf(schema.items),
    strategies: (schema['x-kubernetes-patch-strategy'] ?? '').split(',').filter(Boolean),
    mergeKey: schema['x-kubernetes-patch-merge-key'],
  };
}
