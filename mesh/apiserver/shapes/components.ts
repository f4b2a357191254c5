import {
  type CustomResourceDefinition,
  crd,
  crdNames,
  definitionsOf,
  reference,
  withReferences,
} from './definitions.ts';
import { packageOf } from './resources.ts';
import type { Schema } from './schema.ts';
import { shapeOfCrd } from './shape.ts';

const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

/**
 * `components.schemas` of the OpenAPI v3 document of a group-version, with everything that they refer to. `crds` are
 * those that the server knows; the sources' own are the default.
 */
export function componentsOf(
  apiVersion: string,
  crds: Iterable<CustomResourceDefinition> = crdNames().map(crd),
): Record<string, Schema> {
  const packageName = packageOf(apiVersion);
  const own: Record<string, Schema> = packageName === undefined ? {} : { ...definitionsOf(packageName) };
  for (const each of crds) Object.assign(own, customComponents(each, apiVersion));
  return withReferences(own);
}

/** The name of a custom kind's definition: `io.istio.networking.v1.VirtualService`. */
export function definitionName(
  { spec }: CustomResourceDefinition,
  version: string,
  kind = spec.names.kind,
): string {
  return [...spec.group.split('.').reverse(), version, kind].join('.');
}

function customComponents(definition: CustomResourceDefinition, apiVersion: string): Record<string, Schema> {
  const { group, names } = definition.spec;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const shape = apiVersion === `${group}/${version}` ? shapeOfCrd(definition, version) : undefined;
  if (shape === undefined) return {};
  const listKind = names.listKind ?? `${names.kind}List`;
  const name = definitionName(definition, version);
  const groupVersionKind = (kind: string) => ({
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  });
  return {
    [name]: { ...shape.schema, ...groupVersionKind(names.kind) },
    [definitionName(definition, version, listKind)]: { ...listOf(name), ...groupVersionKind(listKind) },
  };
}

function listOf(name: string): Schema {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: reference(LIST_META),
      items: { type: 'array', items: reference(name) },
    },
  };
}
