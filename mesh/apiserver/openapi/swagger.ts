import protobuf from 'protobufjs/minimal.js';
import { isObject } from '#mesh/apiserver/object.ts';
import type { Operation } from '#mesh/apiserver/openapi/operations.ts';
import { referenceOf } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';

/** Definitions and paths as OpenAPI v2 has them, of all group-versions together. */
export function swaggerOf(schemas: Readonly<Record<string, Schema>>, operations: readonly Operation[]) {
  const definitions = Object.entries(schemas).map(([name, schema]) => [name, inVersion2(schema)]);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    Object.assign(paths[operation.path] as object, { [operation.method]: operationObject(operation) });
  }
  return { paths, definitions: Object.fromEntries(definitions) as Record<string, unknown> };
}

function operationObject({ id: operationId, action, kind, parameters, bodies }: Operation) {
  const body = { name: 'body', in: 'body', schema: { type: 'object' } };
  return {
    operationId,
    ...(bodies && { consumes: bodies }),
    produces: ['application/json', 'application/yaml'],
    parameters: [...parameters, ...(bodies ? [body] : [])],
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

/** Version 2 has no alternatives, no `nullable` and other references. */
function inVersion2(schema: Schema & { readonly description?: string }): unknown {
  const { $ref, allOf, anyOf: _any, oneOf: _one, not: _not, nullable: _null, ...rest } = schema;
  const name = referenceOf(schema);
  const { properties, items, additionalProperties, ...facts } = rest;
  if (name !== undefined) {
    const { description, default: filled } = rest;
    return {
      ...(description && { description }),
      ...(filled !== undefined && { default: filled }),
      $ref: `#/definitions/${name}`,
    };
  }
  return {
    ...facts,
    ...(facts['x-kubernetes-int-or-string'] && { type: 'string', format: 'int-or-string' }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([field, member]) => [field, inVersion2(member)]),
      ),
    }),
    ...(items && { items: inVersion2(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? inVersion2(additionalProperties) : additionalProperties,
    }),
  };
}

type Writer = protobuf.Writer;
type Write = (writer: Writer) => void;

/** What Go clients ask OpenAPI v2 as, and nothing else. */
export const swaggerProtobufAccepted = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** A media type may contain no `@`, so the answer has another. */
export const swaggerProtobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export interface Swagger {
  readonly swagger: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
  readonly definitions: Readonly<Record<string, unknown>>;
}

/** A document of OpenAPI v2 as a message of gnostic's OpenAPIv2.proto: the numbers are those of its fields. */
export function swaggerProtobuf({ swagger, info, paths, definitions }: Swagger): Buffer {
  const writer = protobuf.Writer.create();
  text(writer, 1, swagger);
  message(writer, 2, (inner) => {
    text(inner, 1, info.title);
    text(inner, 2, info.version);
  });
  message(writer, 8, (inner) => named(inner, 2, paths, writePath));
  message(writer, 9, (inner) => named(inner, 1, definitions, writeSchema));
  return Buffer.from(writer.finish());
}

function text(writer: Writer, number: number, value: unknown): void {
  if (typeof value === 'string') writer.uint32((number << 3) | 2).string(value);
}

function texts(writer: Writer, number: number, values: unknown): void {
  if (Array.isArray(values)) for (const value of values) text(writer, number, value);
}

function message(writer: Writer, number: number, write: Write): void {
  writer.uint32((number << 3) | 2).fork();
  write(writer);
  writer.ldelim();
}

/** Members with their names, in the order of the document. */
function named(
  writer: Writer,
  number: number,
  members: unknown,
  write: (writer: Writer, member: Readonly<Record<string, unknown>>) => void,
): void {
  if (!isObject(members)) return;
  for (const [name, member] of Object.entries(members)) {
    message(writer, number, (inner) => {
      text(inner, 1, name);
      message(inner, 2, (value) => isObject(member) && write(value, member));
    });
  }
}

/** Any value stands there as YAML, which JSON is. */
function any(writer: Writer, number: number, value: unknown): void {
  if (value !== undefined) message(writer, number, (inner) => text(inner, 2, JSON.stringify(value)));
}

function extensions(writer: Writer, number: number, schema: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(schema)) {
    if (!name.startsWith('x-')) continue;
    message(writer, number, (inner) => {
      text(inner, 1, name);
      any(inner, 2, value);
    });
  }
}

function writeSchema(writer: Writer, schema: Readonly<Record<string, unknown>>): void {
  text(writer, 1, schema['$ref']);
  text(writer, 2, schema['format']);
  text(writer, 4, schema['description']);
  any(writer, 5, schema['default']);
  texts(writer, 19, schema['required']);
  if (Array.isArray(schema['enum'])) for (const value of schema['enum']) any(writer, 20, value);
  const { additionalProperties, type, items, properties } = schema;
  if (isObject(additionalProperties)) {
    message(writer, 21, (inner) => message(inner, 1, (value) => writeSchema(value, additionalProperties)));
  } else if (typeof additionalProperties === 'boolean') {
    message(writer, 21, (inner) => inner.uint32(2 << 3).bool(additionalProperties));
  }
  if (typeof type === 'string') message(writer, 22, (inner) => text(inner, 1, type));
  if (isObject(items)) {
    message(writer, 23, (inner) => message(inner, 1, (value) => writeSchema(value, items)));
  }
  if (isObject(properties)) message(writer, 25, (inner) => named(inner, 1, properties, writeSchema));
  extensions(writer, 31, schema);
}

const methods: readonly (readonly [method: string, number: number])[] = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['patch', 8],
];

function writePath(writer: Writer, path: Readonly<Record<string, unknown>>): void {
  for (const [method, number] of methods) {
    const operation = path[method];
    if (isObject(operation)) message(writer, number, (inner) => writeOperation(inner, operation));
  }
}

function writeOperation(writer: Writer, operation: Readonly<Record<string, unknown>>): void {
  text(writer, 5, operation['operationId']);
  texts(writer, 6, operation['produces']);
  texts(writer, 7, operation['consumes']);
  const parameters = Array.isArray(operation['parameters']) ? operation['parameters'].filter(isObject) : [];
  for (const parameter of parameters) {
    // An item, a parameter, one without a body, one of the query: each a message around the next.
    if (parameter['in'] !== 'query') continue;
    message(writer, 8, (item) =>
      message(item, 1, (whole) =>
        message(whole, 2, (plain) => message(plain, 3, (query) => writeQueryParameter(query, parameter))),
      ),
    );
  }
  extensions(writer, 13, operation);
}

function writeQueryParameter(writer: Writer, parameter: Readonly<Record<string, unknown>>): void {
  text(writer, 2, parameter['in']);
  text(writer, 4, parameter['name']);
  text(writer, 6, parameter['type']);
}
