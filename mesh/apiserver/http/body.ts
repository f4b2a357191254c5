import type { IncomingMessage } from 'node:http';
import { parse, YAMLParseError } from 'yaml';
import { badRequest, notAcceptable, tooLarge, unsupportedMediaType } from '#mesh/apiserver/api-error.ts';
import { type DraftObject, isObject } from '#mesh/apiserver/object.ts';
import { decodeObject, protobufType } from '#mesh/apiserver/protobuf/decode.ts';

/** Of a request, in bytes: Kubernetes' own limit. */
export const bodyLimit = 3 * 1024 * 1024;

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** @throws ApiError 413 */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString('utf8');
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) throw tooLarge(bodyLimit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A body of any format, undefined when there is none.
 *
 * @throws ApiError 400, 413
 */
export async function readData(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = mediaType(request);
  if (type === protobufType) return decodeObject(bytes);
  return parseBody(bytes.toString('utf8'), type === 'application/yaml' ? 'yaml' : 'json');
}

/** @throws ApiError 400 */
export function parseBody(text: string, format: 'json' | 'yaml'): unknown {
  try {
    return format === 'yaml' ? parse(text) : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof YAMLParseError)) throw error;
    throw badRequest(
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml: ${error.message}`,
    );
  }
}

/** The kind of an object that does not name it, from the request's address. */
export interface ImpliedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * The object in the body of a POST or PUT.
 *
 * @throws ApiError 400, 413, 415
 */
export async function readObject(request: IncomingMessage, implied?: ImpliedKind): Promise<DraftObject> {
  const type = mediaType(request);
  if (type === protobufType) return asObject(decodeObject(await readBytes(request)));
  if (!['', 'application/json', 'application/yaml'].includes(type)) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${protobufType}`,
    );
  }
  const value = parseBody(await readBody(request), type === 'application/yaml' ? 'yaml' : 'json');
  return asObject(isObject(value) && implied ? withKind(value, implied) : value);
}

function withKind(value: Readonly<Record<string, unknown>>, { apiVersion, kind }: ImpliedKind): object {
  return { ...value, apiVersion: value['apiVersion'] || apiVersion, kind: value['kind'] || kind };
}

/** @throws ApiError 400 */
export function asObject(value: unknown): DraftObject {
  if (!isObject(value)) throw badRequest('the body of the request is not an object');
  const { apiVersion, kind, metadata = {} } = value;
  if (typeof kind !== 'string' || kind === '')
    throw badRequest("Object 'Kind' is missing in the body of the request");
  if (typeof apiVersion !== 'string')
    throw badRequest("Object 'apiVersion' is missing in the body of the request");
  if (metadata !== null && !isObject(metadata)) throw badRequest('metadata: must be an object');
  return { ...value, apiVersion, kind, metadata: metadata ?? {} } as DraftObject;
}

/** In which form an answer is wanted. */
export interface Representation {
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata';
  readonly format: 'json' | 'yaml';
}

const plain: Representation = { as: 'object', format: 'json' };

/**
 * The first form of an `Accept` header that this server has. Go clients ask for protobuf first and take JSON.
 *
 * @throws ApiError 406
 */
export function negotiate(accept: string | undefined): Representation {
  if (!accept) return plain;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    const form = formOf(as);
    if (form === undefined) continue;
    if (/^(application\/json|application\/\*|\*\/\*|text\/html|text\/plain)$/.test(type))
      return { as: form, format: 'json' };
    if (/^(application\/yaml|application\/x-yaml|text\/yaml)$/.test(type))
      return { as: form, format: 'yaml' };
  }
  throw notAcceptable();
}

function formOf(as: string | undefined): Representation['as'] | undefined {
  if (as === undefined) return 'object';
  if (as === 'Table') return 'Table';
  return as.startsWith('PartialObjectMetadata') ? 'PartialObjectMetadata' : undefined;
}
