import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { ApiError } from '#mesh/apiserver/api-error.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { inApiVersion } from '#mesh/apiserver/kinds/conversion.ts';
import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import { apiVersionOf, type ResourceType } from '#mesh/apiserver/resource-type.ts';
import { tableOf } from '#mesh/apiserver/table/table.ts';

/** RFC 7234 §5.5: kubectl prints the text. Headers are bytes, so the text goes as UTF-8. They come after those written before. */
export function writeWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  const values = [...new Set(warnings)].map((text) => {
    const line = text.replace(/\s+/g, ' ').replace(/[\\"]/g, '\\$&');
    return `299 - "${Buffer.from(line, 'utf8').toString('latin1')}"`;
  });
  response.appendHeader('warning', values);
}

export function sendJson(response: ServerResponse, body: unknown, code = 200): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.end(`${JSON.stringify(body, null, isPretty(response.req) ? 2 : undefined)}\n`);
}

/** Indented for people: on request, and for clients that show the answer as it comes. */
function isPretty({ url = '/', headers }: IncomingMessage): boolean {
  const wish = URL.parse(url, 'https://mesh')?.searchParams.get('pretty');
  if (wish) return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(wish);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
}

export function sendError(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  writeWarnings(response, error.warnings);
  if (error.code === 413) response.setHeader('connection', 'close');
  sendJson(response, error.status, error.code);
}

/** In the version in which the client speaks. */
export function inVersion(
  object: KubernetesObject,
  { type, version }: Pick<Call, 'type' | 'version'>,
): KubernetesObject {
  return inApiVersion(object, apiVersionOf(type.group, version));
}

/** One object in the form that the client wants. */
export function sendObject(call: Call, object: KubernetesObject, code = 200): void {
  send(call, represented(call, object), code);
}

export function represented(call: Call, object: KubernetesObject): unknown {
  const versioned = inVersion(object, call);
  switch (call.representation.as) {
    case 'Table':
      return tableOf([versioned], tableOptions(call, object.metadata.resourceVersion));
    case 'PartialObjectMetadata':
      return partial(versioned);
    default:
      return versioned;
  }
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function sendList(call: Call, objects: readonly KubernetesObject[], metadata: ListMeta): void {
  const { type, version, representation } = call;
  const items = objects.map((object) => inVersion(object, call));
  if (representation.as === 'Table') {
    send(call, { ...tableOf(items, tableOptions(call, metadata.resourceVersion)), metadata });
  } else if (representation.as === 'PartialObjectMetadata') {
    const kind = 'PartialObjectMetadataList';
    send(call, { kind, apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partial) });
  } else {
    send(call, { kind: listKind(type), apiVersion: apiVersionOf(type.group, version), metadata, items });
  }
}

export function listKind({ kind }: ResourceType): string {
  return `${kind}List`;
}

function tableOptions({ facts, type, version, query }: Call, resourceVersion: string) {
  const includeObject = query.get('includeObject') ?? 'Metadata';
  return { printer: facts.printer(type, version), resourceVersion, includeObject };
}

function partial({ metadata }: KubernetesObject) {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function send({ response, representation }: Call, body: unknown, code = 200): void {
  if (representation.format === 'yaml' && isObject(body)) {
    response.writeHead(code, { 'content-type': 'application/yaml' });
    response.end(stringify(body));
    return;
  }
  sendJson(response, body, code);
}
