import type { IncomingMessage, ServerResponse } from 'node:http';
import { noSuchPath, notAcceptable } from '#mesh/apiserver/api-error.ts';
import type { PathHandler } from '#mesh/apiserver/http/handle.ts';
import type { OpenApi } from '#mesh/apiserver/openapi/open-api.ts';
import type { OpenApiDocument } from '#mesh/apiserver/openapi/operations.ts';
import { swaggerProtobufAccepted, swaggerProtobufType } from '#mesh/apiserver/openapi/swagger.ts';

const version3 = '/openapi/v3';

/** `/openapi/v3`, its documents, and `/openapi/v2`. */
export function openApiPaths(openApi: OpenApi): PathHandler {
  return (pathname, request, response) => {
    const path = pathname.replace(/\/$/, '');
    if (path !== '/openapi/v2' && path !== version3 && !path.startsWith(`${version3}/`)) return false;
    const { document, lasting } = documentAt(openApi, path, request);
    if (!document) throw noSuchPath();
    if (document.type === 'application/json' && !takesJson(request.headers.accept)) throw notAcceptable();
    // A document with its hash in the address gets a new address when it changes.
    const control = lasting ? 'public, immutable, max-age=31536000' : 'no-cache, private';
    response.setHeader('cache-control', control);
    send(document, request, response);
    return true;
  };
}

function documentAt(openApi: OpenApi, path: string, { url = '', headers }: IncomingMessage) {
  if (path === '/openapi/v2') {
    const first = headers.accept?.split(/[,;]/)[0]?.trim() ?? '';
    const wantsProtobuf = first === swaggerProtobufAccepted || first === swaggerProtobufType;
    return { document: wantsProtobuf ? openApi.swaggerProtobuf : openApi.swagger, lasting: false };
  }
  if (path === version3) return { document: openApi.index, lasting: false };
  const groupVersion = path.slice(version3.length + 1);
  const asked = URL.parse(url, 'https://mesh')?.searchParams.get('hash');
  const lasting = asked === openApi.hashes.get(groupVersion);
  return { document: openApi.document(groupVersion), lasting };
}

/** Go clients ask for protobuf, most of them with JSON as the second choice. */
function takesJson(accept: string | undefined): boolean {
  return !accept || /(^|[\s,])(application\/json|application\/\*|\*\/\*|text\/html)\s*($|[;,])/.test(accept);
}

function send(document: OpenApiDocument, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('etag', document.etag);
  response.setHeader('vary', 'Accept, Accept-Encoding');
  const known = (request.headers['if-none-match'] ?? '').split(',').map((each) => each.trim());
  if (known.includes(document.etag)) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-type', document.type);
  const zips = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (zips) response.setHeader('content-encoding', 'gzip');
  response.end(zips ? document.zipped : document.bytes);
}
