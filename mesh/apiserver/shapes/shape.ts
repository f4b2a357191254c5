import { type CustomResourceDefinition, crd, definitionsOf, OBJECT_META, reference } from './definitions.ts';
import { packageOf, resourceOf } from './resources.ts';
import type { Schema } from './schema.ts';

/** What an object of one kind in one version may contain. */
export interface Shape {
  readonly apiVersion: string;
  readonly kind: string;
  /** May refer to definitions: `resolve` of definitions.ts follows them. */
  readonly schema: Schema;
  /**
   * Kubernetes decodes its own kinds into Go's types and checks them by code: an absent string, a null and an empty
   * list are the same there. Those of a CRD are checked by their schema to the letter.
   */
  readonly native: boolean;
}

const META_PACKAGE = OBJECT_META.slice(0, OBJECT_META.lastIndexOf('.'));
const shapes = new Map<string, Shape>();

/** The shape of a kind of the sources; undefined for one that they do not know. Its file is read at the first call. */
export function shapeOf(apiVersion: string, kind: string): Shape | undefined {
  const key = `${apiVersion} ${kind}`;
  const known = shapes.get(key);
  if (known !== undefined) return known;
  const made = customShape(apiVersion, kind) ?? nativeShape(apiVersion, kind);
  if (made !== undefined) shapes.set(key, made);
  return made;
}

function customShape(apiVersion: string, kind: string): Shape | undefined {
  const resource = resourceOf(apiVersion, kind);
  return resource?.crd === undefined ? undefined : shapeOfCrd(crd(resource.crd), resource.version);
}

/** Kinds without a resource have a shape, too: `Scale`, `Eviction`, `DeleteOptions`, lists. */
function nativeShape(apiVersion: string, kind: string): Shape | undefined {
  const group = packageOf(apiVersion);
  if (group === undefined) return undefined;
  for (const packageName of [group, META_PACKAGE]) {
    const found = Object.entries(definitionsOf(packageName)).find(
      ([name]) => name === `${packageName}.${kind}`,
    );
    if (found?.[1]['x-kubernetes-group-version-kind'] !== undefined) {
      return { apiVersion, kind, schema: found[1], native: true };
    }
  }
  return undefined;
}

/** The shape that a CRD gives its objects in a version; undefined when the CRD does not serve it. */
export function shapeOfCrd({ spec }: CustomResourceDefinition, version: string): Shape | undefined {
  const served = spec.versions.find(({ name, served }) => served && name === version);
  if (served === undefined) return undefined;
  const apiVersion = `${spec.group}/${version}`;
  const given = served.schema?.openAPIV3Schema ?? { 'x-kubernetes-preserve-unknown-fields': true };
  const properties = {
    ...given.properties,
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: metadataOf(given.properties?.['metadata']),
  } satisfies Record<string, Schema>;
  const preserving = spec.preserveUnknownFields === true && { 'x-kubernetes-preserve-unknown-fields': true };
  const schema: Schema = { type: 'object', ...given, ...preserving, properties };
  return { apiVersion, kind: spec.names.kind, native: false, schema };
}

/** A CRD may bound an object's name; all else of the metadata is Kubernetes'. */
function metadataOf(bounds: Schema | undefined): Schema {
  const whole = reference(OBJECT_META);
  return bounds?.properties === undefined ? whole : { allOf: [whole, { properties: bounds.properties }] };
}
