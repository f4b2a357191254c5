import { badRequest, gone } from '#mesh/apiserver/api-error.ts';
import { parseFieldSelector } from '#mesh/apiserver/field-selector.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { type ListMeta, sendList, sendObject } from '#mesh/apiserver/http/respond.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { type ObjectPredicate, parseLabelSelector } from '#mesh/apiserver/selector.ts';

/** GET of one object. */
export function answerGet(call: Call): void {
  const { api, type, namespace, name = '' } = call;
  sendObject(call, api.get(type, { namespace, name }));
}

/** GET of a collection, in pages when the client wants them. */
export function answerList(call: Call): void {
  const { api, type, namespace, query } = call;
  const selected = api.store.list(resourceKey(type), namespace).filter(selectorOf(call));
  const { items, metadata } = pageOf(selected, query, String(api.store.version));
  sendList(call, items, metadata);
}

/**
 * What a request's selectors let through.
 *
 * @throws ApiError 400
 */
export function selectorOf({ query, type }: Pick<Call, 'query' | 'type'>): ObjectPredicate {
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  const byLabels = labels ? parseLabelSelector(labels) : undefined;
  const byFields = fields ? parseFieldSelector(fields, type) : undefined;
  return (object) => (byLabels?.(object.metadata.labels ?? {}) ?? true) && (byFields?.(object) ?? true);
}

interface Page {
  readonly items: readonly KubernetesObject[];
  readonly metadata: ListMeta;
}

/** A page begins after the object at which the one before it ended. */
function pageOf(objects: readonly KubernetesObject[], query: URLSearchParams, resourceVersion: string): Page {
  const token = query.get('continue');
  const { after, version } = token ? readToken(token) : { after: '', version: resourceVersion };
  const rest = token ? objects.filter((object) => pathOf(object) > after) : objects;
  const limit = Number(query.get('limit') ?? 0);
  if (!Number.isInteger(limit) || limit < 0)
    throw badRequest(`limit: ${query.get('limit')} is not a number of objects`);
  if (limit === 0 || rest.length <= limit) return { items: rest, metadata: { resourceVersion: version } };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next = Buffer.from(JSON.stringify({ after: last ? pathOf(last) : '', version })).toString(
    'base64url',
  );
  const remaining = { remainingItemCount: rest.length - limit };
  return { items, metadata: { resourceVersion: version, continue: next, ...remaining } };
}

function readToken(token: string): { after: string; version: string } {
  try {
    const { after, version } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >;
    if (typeof after === 'string' && typeof version === 'string') return { after, version };
  } catch {
    // Falls through: whatever it is, it is none of ours.
  }
  throw gone('The provided continue parameter is too old or malformed: start the list anew without it');
}

function pathOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}
