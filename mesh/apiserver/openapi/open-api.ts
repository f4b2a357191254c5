import { createHash, randomUUID } from 'node:crypto';
import { type Describe, isOfKind, withDescriptions } from '#mesh/apiserver/openapi/descriptions.ts';
import { OpenApiDocument, type Operation, operationsOf } from '#mesh/apiserver/openapi/operations.ts';
import {
  type Swagger,
  swaggerOf,
  swaggerProtobuf,
  swaggerProtobufType,
} from '#mesh/apiserver/openapi/swagger.ts';
import { apiVersionOf, type ResourceType, type ResourceTypes } from '#mesh/apiserver/resource-type.ts';
import { componentsOf } from '#mesh/apiserver/shapes/components.ts';
import { type CustomResourceDefinition, crd, reference } from '#mesh/apiserver/shapes/definitions.ts';
import { resourceOf } from '#mesh/apiserver/shapes/resources.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';

export interface OpenApiOptions {
  readonly types: ResourceTypes;
  /** The CustomResourceDefinition of a kind that a user has defined. */
  readonly definitionOf: (type: ResourceType) => CustomResourceDefinition | undefined;
  readonly describe?: Describe;
}

const info = { title: 'Kubernetes', version: 'v1' };

/** The OpenAPI documents of what is served, in both versions. Each is made when it is first asked for. */
export class OpenApi {
  readonly #options: OpenApiOptions;
  /** What a run of this program describes may differ from what another does. */
  readonly #run = randomUUID();
  #version = -1;
  readonly #hashes = new Map<string, string>();
  readonly #documents = new Map<string, OpenApiDocument>();
  #index: OpenApiDocument | undefined;

  constructor(options: OpenApiOptions) {
    this.#options = options;
  }

  /** From `api/v1` and `apis/apps/v1` to a text that changes when the document does. */
  get hashes(): ReadonlyMap<string, string> {
    this.#refresh();
    return this.#hashes;
  }

  /** `paths` of `/openapi/v3`. */
  get index(): OpenApiDocument {
    const paths = [...this.hashes].map(([path, hash]) => {
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
    });
    this.#index ??= OpenApiDocument.json({ paths: Object.fromEntries(paths) });
    return this.#index;
  }

  /** The document of a group-version by its path, `apis/apps/v1`; undefined when nothing of it is served. */
  document(path: string): OpenApiDocument | undefined {
    const hash = this.hashes.get(path);
    if (hash === undefined) return undefined;
    const key = `${path} ${hash}`;
    const known = this.#documents.get(key);
    if (known) return known;
    const made = OpenApiDocument.json(this.#made(path));
    this.#documents.set(key, made);
    return made;
  }

  /** The one document of OpenAPI v2. */
  get swagger(): OpenApiDocument {
    return this.#swaggerAs('json', OpenApiDocument.json);
  }

  /** The same, in the only form in which Go clients ask for it. */
  get swaggerProtobuf(): OpenApiDocument {
    return this.#swaggerAs('protobuf', (swagger) => {
      return new OpenApiDocument(swaggerProtobuf(swagger), swaggerProtobufType);
    });
  }

  #swaggerAs(form: string, make: (swagger: Swagger) => OpenApiDocument): OpenApiDocument {
    this.#refresh();
    const known = this.#documents.get(`v2 ${form}`);
    if (known) return known;
    const paths = [...this.#hashes.keys()];
    // Group-versions share most of their definitions, so all are described at once.
    const components = Object.assign({}, ...paths.map((path) => this.#components(path)));
    const schemas = this.#described(components, paths);
    const operations = paths.flatMap((path) => this.#operations(path));
    const made = make({ swagger: '2.0', info, ...swaggerOf(schemas, operations) });
    this.#documents.set(`v2 ${form}`, made);
    return made;
  }

  /** Forgets the documents of groups whose kinds are others now. */
  #refresh(): void {
    const { types } = this.#options;
    if (this.#version === types.version) return;
    this.#version = types.version;
    this.#index = undefined;
    this.#hashes.clear();
    for (const path of pathsOf(types)) this.#hashes.set(path, this.#hash(path));
    const current = new Set([...this.#hashes].map(([path, hash]) => `${path} ${hash}`));
    for (const key of this.#documents.keys()) if (!current.has(key)) this.#documents.delete(key);
  }

  #hash(path: string): string {
    const { definitionOf } = this.#options;
    const members = this.#typesOf(path).map((type) => [type, definitionOf(type)?.spec ?? null]);
    return createHash('sha256')
      .update(JSON.stringify([this.#run, members]))
      .digest('hex')
      .toUpperCase();
  }

  #typesOf(path: string): readonly ResourceType[] {
    const { group, version } = groupVersionOf(path);
    return this.#options.types.all.filter((type) => type.group === group && type.versions.includes(version));
  }

  #components(path: string): Record<string, Schema> {
    const { group, version } = groupVersionOf(path);
    const definitions = this.#typesOf(path).flatMap((type) => this.#definitionOf(type, version) ?? []);
    return componentsOf(apiVersionOf(group, version), definitions);
  }

  #described(components: Record<string, Schema>, paths: readonly string[]): Record<string, Schema> {
    const { describe } = this.#options;
    if (!describe) return components;
    const kinds = paths.flatMap((path) =>
      this.#typesOf(path).map(({ kind }) => ({ ...groupVersionOf(path), kind })),
    );
    return withDescriptions(components, { kinds, describe });
  }

  #operations(path: string): readonly Operation[] {
    const { version } = groupVersionOf(path);
    const isNative = (type: ResourceType) => this.#definitionOf(type, version) === undefined;
    return operationsOf(this.#typesOf(path), { version, isNative });
  }

  #definitionOf(type: ResourceType, version: string): CustomResourceDefinition | undefined {
    const installed = resourceOf(apiVersionOf(type.group, version), type.kind)?.crd;
    return this.#options.definitionOf(type) ?? (installed === undefined ? undefined : crd(installed));
  }

  #made(path: string) {
    const schemas = this.#described(this.#components(path), [path]);
    const paths: Record<string, Record<string, unknown>> = {};
    for (const each of this.#operations(path)) {
      paths[each.path] ??= {};
      Object.assign(paths[each.path] as object, { [each.method]: operationObject(each, schemas) });
    }
    return { openapi: '3.0.0', info, paths, components: { schemas } };
  }
}

function operationObject(operation: Operation, schemas: Readonly<Record<string, Schema>>) {
  const { id: operationId, action, kind, parameters, bodies } = operation;
  const name = Object.keys(schemas).find((each) => isOfKind(schemas[each] ?? {}, kind));
  const schema = name === undefined ? { type: 'object' } : reference(name);
  const content = (types: readonly string[]) =>
    Object.fromEntries(types.map((type) => [type, type.includes('patch') ? {} : { schema }]));
  return {
    operationId,
    parameters: parameters.map(({ type, ...parameter }) => ({ ...parameter, schema: { type } })),
    ...(bodies && { requestBody: { content: content(bodies) } }),
    responses: { 200: { description: 'OK', content: content(['application/json', 'application/yaml']) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

function pathsOf(types: ResourceTypes): ReadonlySet<string> {
  const all = types.all.flatMap(({ group, versions }) =>
    versions.map((version) => `${group ? 'apis' : 'api'}/${apiVersionOf(group, version)}`),
  );
  return new Set(all);
}

function groupVersionOf(path: string): { readonly group: string; readonly version: string } {
  const [, first = '', second] = path.split('/');
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}
