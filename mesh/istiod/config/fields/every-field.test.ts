import { expect, test } from 'vitest';
import { z } from 'zod';
import { resolve } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import { shapeOf } from '#mesh/apiserver/shapes/shape.ts';
import { describeField } from '#mesh/istiod/config/fields/describe-field.ts';
import { descend, unwrap } from '#mesh/istiod/config/schema/field-path.ts';
import { schemas, supportedVersions } from '#mesh/istiod/config/schema/kinds.ts';
import type { Kind } from '#mesh/istiod/config/schema/resource.ts';

const kinds = (Object.keys(schemas) as Kind[]).flatMap((kind) =>
  supportedVersions[kind].map((apiVersion) => ({ kind, apiVersion })),
);

interface Place {
  readonly schema: Schema;
  /** The inventory at the same place. */
  readonly inventory: unknown;
  readonly path: readonly string[];
}

/** Every field of an official shape of which the inventory has no word, and none of what is around it. */
function unspoken({ schema, inventory, path }: Place): readonly string[] {
  const { properties, items, additionalProperties } = resolve(schema);
  const known = unwrap(inventory);
  if (items) {
    const inner = known instanceof z.ZodArray ? known.element : undefined;
    return inner ? unspoken({ schema: items, inventory: inner, path }) : [];
  }
  if (!properties) {
    const map = typeof additionalProperties === 'object' && known instanceof z.ZodRecord;
    return map
      ? unspoken({ schema: additionalProperties, inventory: known.valueType, path: [...path, '*'] })
      : [];
  }
  // Where any value is taken, what is inside shares the fate of what is around it.
  if (!(known instanceof z.ZodObject)) return [];
  return Object.entries(properties).flatMap(([name, member]) => {
    const here = [...path, name];
    if (!Object.hasOwn(known.shape, name)) return [here.join('.')];
    return unspoken({ schema: member, inventory: descend(known, name), path: here });
  });
}

test.each(kinds)(
  'the inventory says something about every field of $apiVersion $kind',
  ({ apiVersion, kind }) => {
    const shape = shapeOf(apiVersion, kind);
    expect(shape).toBeDefined();
    expect(shape && unspoken({ schema: shape.schema, inventory: schemas[kind], path: [] })).toEqual([]);
  },
);

test.each([
  ['security.istio.io/v1', 'AuthorizationPolicy', 'spec.rules.from.source.trustDomains', /^Carried out/],
  ['security.istio.io/v1', 'RequestAuthentication', 'spec.jwtRules.jwks_uri', /^Carried out .*Deprecated/],
  ['security.istio.io/v1', 'RequestAuthentication', 'spec.jwtRules.presence', /^Not carried out/],
  ['networking.istio.io/v1', 'Gateway', 'spec.servers.tls.ecdhCurves', /^Not carried out/],
  [
    ...(['networking.istio.io/v1', 'DestinationRule'] as const),
    'spec.trafficPolicy.loadBalancer.backendUtilization',
    /^Not carried out/,
  ],
])('%s %s: %s', (apiVersion, kind, field, says) => {
  expect(describeField(apiVersion, kind, field.split('.'))).toMatch(says);
});
