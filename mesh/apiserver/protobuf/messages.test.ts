import { describe, expect, it } from 'vitest';
import { messageFields } from '#mesh/apiserver/protobuf/decode.ts';
import { dataFile } from '#mesh/apiserver/shapes/data-file.ts';
import { definition, referenceOf } from '#mesh/apiserver/shapes/definitions.ts';
import { packageOf, resourceTypes } from '#mesh/apiserver/shapes/resources.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';

const names = Object.keys(dataFile<{ messages: object }>('protobuf.json').messages);
const reached = new Set<string>();

/** The fields of a message as JSON shows them, those of embedded ones among them. */
function shownFields(name: string): string[] {
  return [...(messageFields(name)?.values() ?? [])].flatMap((field) =>
    field.name === '' ? shownFields(field.type) : [field.name],
  );
}

function reach(schema: Schema): void {
  const name = referenceOf(schema);
  if (name !== undefined && !reached.has(name)) {
    reached.add(name);
    reach(definition(name));
  }
  for (const member of Object.values(schema.properties ?? {})) reach(member);
  if (schema.items) reach(schema.items);
  if (typeof schema.additionalProperties === 'object') reach(schema.additionalProperties);
}

const written = resourceTypes().filter(
  ({ crd, group, verbs }) =>
    crd === undefined && !/apiextensions|apiregistration|metrics/.test(group) && verbs.includes('create'),
);

describe('the messages of protobuf and the definitions of OpenAPI say the same', () => {
  it.each(
    written.map(({ group, version, kind }) => [group ? `${group}/${version}` : version, kind] as const),
  )('%s %s', (apiVersion, kind) => {
    const root = `${packageOf(apiVersion)}.${kind}`;
    expect(names).toContain(root);
    reached.clear();
    reach({ $ref: `#/components/schemas/${root}` });
    const messages = [...reached].filter((name) => names.includes(name));
    expect(messages).toContain('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    for (const name of messages) {
      const fields = Object.keys(definition(name).properties ?? {}).filter(
        (field) => !(isRoot(name) && ['apiVersion', 'kind'].includes(field)),
      );
      expect(shownFields(name).sort(), name).toEqual(fields.sort());
    }
  });
});

/** The kind of an object stands in the envelope. */
function isRoot(name: string): boolean {
  return definition(name)['x-kubernetes-group-version-kind'] !== undefined;
}
