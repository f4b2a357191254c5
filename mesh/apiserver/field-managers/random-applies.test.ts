import { describe, expect, it } from 'vitest';
import { compare } from '#mesh/apiserver/field-managers/comparison.ts';
import { difference, pathsOf } from '#mesh/apiserver/field-managers/field-set.ts';
import { type FieldType, fieldTypeOf } from '#mesh/apiserver/field-managers/field-type.ts';
import { merged } from '#mesh/apiserver/field-managers/merge.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import { isSame } from '#mesh/apiserver/metadata.ts';
import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';
import { randomValue } from '#mesh/apiserver/validation/testing/random-object.ts';
import { createRandom, type Random } from '#platform/random.ts';

const kinds = new Kinds();
const now = new Date(0);
const rounds = 4;
const steps = 6;
const identity = { uid: '1', resourceVersion: '1', creationTimestamp: '' };

/** A part of a value, whose items keep what tells them apart; nothing empty, which has a meaning of its own. */
function partOf(
  value: unknown,
  type: FieldType | undefined,
  random: Random,
  kept: readonly string[] = [],
): unknown {
  if (Array.isArray(value)) {
    if (!type || type.list === 'atomic') return value.length > 0 ? value : undefined;
    const items = value.map((item) => partOf(item, type.items, random, type.keys) ?? item);
    return items.length > 0 && items.every((item) => type.keyOf(item) !== undefined) ? items : undefined;
  }
  if (!isObject(value) || type?.atomicObject) return value;
  const fields = Object.entries(value)
    .filter(([name]) => kept.includes(name) || random() < 0.7)
    .map(([name, inner]) => [name, partOf(inner, type?.field(name), random)] as const)
    .filter(([, inner]) => inner !== undefined);
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

function randomDraft(type: ResourceType, fieldType: FieldType, random: Random): DraftObject {
  const schema = kinds.shape(type)?.schema ?? {};
  const part = partOf(randomValue(schema, random), fieldType, random, ['spec']);
  const { status: _, metadata: __, ...rest } = isObject(part) ? part : {};
  const labels = { [`l${Math.floor(random() * 3)}`]: String(Math.floor(random() * 3)) };
  const apiVersion = type.group ? `${type.group}/${type.version}` : type.version;
  return { ...rest, apiVersion, kind: type.kind, metadata: { name: 'a', labels } };
}

function stored(draft: DraftObject): KubernetesObject {
  return { ...draft, metadata: { ...draft.metadata, ...identity } } as KubernetesObject;
}

/** Of every manager, the fields that the object does not have. */
function lostFields(object: KubernetesObject, type: FieldType): string[] {
  const { changed } = compare({}, object, type);
  return (object.metadata.managedFields ?? []).flatMap(({ fieldsV1 }) =>
    pathsOf(difference(fieldsV1, changed)),
  );
}

describe('random applies', () => {
  it.each(kinds.types.all.map((type) => [type.kind, type] as const))('%s', (kind, type) => {
    const fieldType = fieldTypeOf(kinds.shape(type));
    const random = createRandom({ seed: '1', name: kind });
    for (let round = 0; round < rounds; round += 1) {
      let live: KubernetesObject | undefined;
      for (let step = 0; step < steps; step += 1) {
        const wanted = randomDraft(type, fieldType, random);
        const manager = `m${Math.floor(random() * 3)}`;
        if (random() < 0.3) {
          live = kinds.updated({ before: live, after: stored(wanted), manager, now });
          expect(lostFields(live, fieldType)).toEqual([]);
          continue;
        }
        const options = { type, manager, force: true, now };
        const applied = stored(kinds.applied(live, wanted, options));
        const { managedFields: _, ...metadata } = applied.metadata;
        const content = { ...applied, metadata };
        // All that is wanted is there, nobody has what is not there, and the same again changes nothing.
        expect(merged(content, wanted, fieldType)).toEqual(content);
        expect(lostFields(applied, fieldType)).toEqual([]);
        expect(isSame(applied, stored(kinds.applied(applied, wanted, { ...options, force: false })))).toBe(
          true,
        );
        live = applied;
      }
    }
  });
});
