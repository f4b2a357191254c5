import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from '#mesh/apiserver/api.ts';
import { ApiError, methodNotAllowed, noSuchPath } from '#mesh/apiserver/api-error.ts';
import { negotiate } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { checkImpersonated, targetOf } from '#mesh/apiserver/http/impersonation.ts';
import { answerGet, answerList } from '#mesh/apiserver/http/list.ts';
import { answerPatch } from '#mesh/apiserver/http/patch.ts';
import { parseResourcePath } from '#mesh/apiserver/http/request-info.ts';
import { sendError, writeWarnings } from '#mesh/apiserver/http/respond.ts';
import { answerWatch } from '#mesh/apiserver/http/watch.ts';
import {
  answerCreate,
  answerDelete,
  answerDeleteCollection,
  answerReplace,
} from '#mesh/apiserver/http/writes.ts';
import type { KindFacts } from '#mesh/apiserver/kind-facts.ts';

export type CallHandler = (call: Call) => Promise<void> | void;

/** Answers paths that are not resources, such as `/version` and `/openapi/v3`; undefined for other paths. */
export type PathHandler = (pathname: string, request: IncomingMessage, response: ServerResponse) => boolean;

export interface HandlerOptions {
  readonly api: Api;
  readonly facts: KindFacts;
  /** Tried in their order, before resources. */
  readonly paths: readonly PathHandler[];
  /**
   * By resource and subresource, for every method: `pods/log`, and `any/scale` for all resources. Also resources that are
   * nowhere stored: `pods.metrics.k8s.io`.
   */
  readonly special: ReadonlyMap<string, CallHandler>;
  readonly onBug: (error: unknown) => void;
}

const byMethod: Readonly<Record<string, { readonly one?: CallHandler; readonly all?: CallHandler }>> = {
  GET: { one: answerGet, all: answerList },
  HEAD: { one: answerGet, all: answerList },
  POST: { all: answerCreate },
  PUT: { one: answerReplace },
  PATCH: { one: answerPatch },
  DELETE: { one: answerDelete, all: answerDeleteCollection },
};

/** Answers one request of a client that may ask. Never throws: what goes wrong is the answer. */
export async function handle(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await answer(options, request, response);
  } catch (error) {
    sendError(response, asApiError(error, options.onBug));
  }
}

export function asApiError(error: unknown, onBug: (error: unknown) => void): ApiError {
  if (error instanceof ApiError) return error;
  onBug(error);
  const message = `Internal error occurred: ${(error as Error).message}`;
  return new ApiError({ code: 500, reason: 'InternalError', message });
}

async function answer(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'https://mesh');
  if (!url) throw noSuchPath();
  if (options.paths.some((path) => path(url.pathname, request, response))) return;
  if (isUnknownGroup(options.api, url.pathname)) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
    return;
  }
  const call = callOf(options, url, { request, response });
  writeWarnings(response, deprecations.get(specialKey({ ...call, subresource: undefined })) ?? []);
  const watched = request.method === 'GET' && isTrue(call.query.get('watch'));
  checkImpersonated({ api: options.api, request, target: { ...targetOf(call), isWatch: watched } });
  const special = options.special.get(specialKey(call)) ?? options.special.get(`any/${call.subresource}`);
  if (special) return special(call);
  if (call.subresource !== undefined && call.subresource !== 'status') throw noSuchPath();
  const handlers = byMethod[request.method ?? ''];
  const handler = watched ? answerWatch : call.name === undefined ? handlers?.all : handlers?.one;
  if (!handler) throw methodNotAllowed();
  await handler(call);
}

/** Kinds that Kubernetes still serves, and its warnings about them. */
const deprecations: ReadonlyMap<string, readonly string[]> = new Map([
  ['componentstatuses', ['v1 ComponentStatus is deprecated in v1.19+']],
  ['endpoints', ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice']],
]);

/** Kubernetes answers such a path in plain text; clients then add what they asked for. */
function isUnknownGroup({ types }: Api, pathname: string): boolean {
  const path = parseResourcePath(pathname);
  if (!path || path.group === '') return false;
  return !types.all.some(({ group, versions }) => group === path.group && versions.includes(path.version));
}

function specialKey({ type, subresource }: Pick<Call, 'type' | 'subresource'>): string {
  const resource = type.group ? `${type.plural}.${type.group}` : type.plural;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

/** @throws ApiError 404, 406 */
export function callOf(
  { api, facts }: Pick<HandlerOptions, 'api' | 'facts'>,
  url: URL,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Call {
  const path = parseResourcePath(url.pathname);
  const type = path && api.types.at(path.group, path.version, path.plural);
  const misplaced = type && !type.namespaced && path.namespace !== undefined;
  const known = path?.subresource === undefined || type?.subresources.includes(path.subresource);
  if (!path || !type || misplaced || !known) throw noSuchPath();
  return {
    ...{ api, facts, request, response, type },
    query: url.searchParams,
    representation: negotiate(request.headers.accept),
    version: path.version,
    namespace: path.namespace,
    name: path.name,
    subresource: path.subresource,
  };
}

function isTrue(value: string | null): boolean {
  return value === '1' || value === 'true' || value === '';
}
