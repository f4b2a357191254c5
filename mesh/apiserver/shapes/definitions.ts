import { dataFile } from '#mesh/apiserver/shapes/data-file.ts';
import { type PrinterColumn, resourceTypes, type ScalePaths } from '#mesh/apiserver/shapes/resources.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';

const PREFIX = '#/components/schemas/';
export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

interface DefinitionFile {
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** All definitions of a package, such as `io.k8s.api.apps.v1`. */
export function definitionsOf(packageName: string): Readonly<Record<string, Schema>> {
  return dataFile<DefinitionFile>(`definitions/${packageName}.json`).schemas;
}

/** A definition by its full name, `io.k8s.api.apps.v1.Deployment`: its package is the name of its file. */
export function definition(name: string): Schema {
  const found = definitionsOf(name.slice(0, name.lastIndexOf('.')))[name];
  if (found === undefined) throw new Error(`no definition is named ${name}`);
  return found;
}

export function reference(name: string): Schema {
  return { $ref: PREFIX + name };
}

/** The name that a schema refers to, directly or by the `allOf` that stands where OpenAPI allows no siblings. */
export function referenceOf(schema: Schema): string | undefined {
  const only = schema.allOf?.length === 1 ? schema.allOf[0] : undefined;
  return (schema.$ref ?? only?.$ref)?.slice(PREFIX.length);
}

const resolved = new WeakMap<Schema, Schema>();

/** A schema with its reference followed; what stands beside the reference (a default, a patch strategy) wins. */
export function resolve(schema: Schema): Schema {
  const name = referenceOf(schema);
  if (name === undefined) return schema;
  const known = resolved.get(schema);
  if (known !== undefined) return known;
  const { $ref, allOf, ...siblings } = schema;
  const target = resolve(definition(name));
  const whole = Object.keys(siblings).length === 0 ? target : { ...target, ...siblings };
  resolved.set(schema, whole);
  return whole;
}

/** The schemas, with every definition that they refer to, directly or by way of others. */
export function withReferences(schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const whole: Record<string, Schema> = { ...schemas };
  const open: unknown[] = Object.values(schemas);
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      if (key !== '$ref' || typeof value !== 'string') open.push(value);
      else if (!Object.hasOwn(whole, value.slice(PREFIX.length))) {
        const added = definition(value.slice(PREFIX.length));
        whole[value.slice(PREFIX.length)] = added;
        open.push(added);
      }
    }
  }
  return whole;
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: { readonly status?: unknown; readonly scale?: ScalePaths };
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
}

/** A CustomResourceDefinition of apiextensions.k8s.io/v1, of the sources or of a user. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly preserveUnknownFields?: boolean;
    readonly names: {
      readonly plural: string;
      readonly singular?: string;
      readonly kind: string;
      readonly listKind?: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly versions: readonly CrdVersion[];
  };
}

/** The names of Istio's and Gateway API's CRDs: `virtualservices.networking.istio.io` … */
export function crdNames(): readonly string[] {
  return [...new Set(resourceTypes().flatMap(({ crd }) => crd ?? []))];
}

/** A CRD of the sources, whole but for its prose, ready to be served as an object. */
export function crd(name: string): CustomResourceDefinition {
  return dataFile<CustomResourceDefinition>(`crds/${name}.json`);
}
