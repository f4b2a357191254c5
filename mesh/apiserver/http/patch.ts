import {
  ApiError,
  badRequest,
  type Cause,
  invalid,
  notFound,
  unsupportedMediaType,
} from '#mesh/apiserver/api-error.ts';
import { asObject, mediaType, parseBody, readBody } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { writeOptions } from '#mesh/apiserver/http/request-info.ts';
import { sendObject, writeWarnings } from '#mesh/apiserver/http/respond.ts';
import { checkKind, checkNamespace } from '#mesh/apiserver/metadata.ts';
import type { DraftObject, KubernetesObject, WriteOptions, Written } from '#mesh/apiserver/object.ts';
import { jsonPatch, mergePatch, strategicPatch } from '#mesh/apiserver/patch/patches.ts';
import { apiVersionOf, resourceKey } from '#mesh/apiserver/resource-type.ts';

const formats = new Map<string, 'json' | 'yaml'>([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'json'],
  ['application/strategic-merge-patch+json', 'json'],
  ['application/apply-patch+yaml', 'yaml'],
]);

export async function answerPatch(call: Call): Promise<void> {
  const { request } = call;
  const type = mediaType(request);
  const format = formats.get(type);
  if (!format) {
    const accepted = [...formats.keys()].join(', ');
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    );
  }
  const isApply = type === 'application/apply-patch+yaml';
  checkManager(call.query, { kind: 'PatchOptions', isApply });
  const body = parseBody(await readBody(request), format);
  if (isApply) return answerApply(call, body);
  const change = (before: KubernetesObject): DraftObject => {
    const spoken = { ...before, apiVersion: apiVersionOf(call.type.group, call.version) };
    return patched(spoken, { type, body, call });
  };
  const { api, namespace, name = '' } = call;
  const { object, warnings } = await api.update(call.type, { namespace, name }, change, writeOptions(call));
  writeWarnings(call.response, warnings);
  sendObject(call, object);
}

function patched(
  before: KubernetesObject,
  { type, body, call }: { readonly type: string; readonly body: unknown; readonly call: Call },
): DraftObject {
  switch (type) {
    case 'application/json-patch+json':
      return asObject(jsonPatch(before, body));
    case 'application/merge-patch+json':
      return asObject(mergePatch(before, body));
    default:
      return asObject(strategic(before, body, call));
  }
}

/** @throws ApiError 415: kinds of CustomResourceDefinitions have none, and clients then send a merge patch. */
function strategic(before: KubernetesObject, body: unknown, { facts, type, version }: Call): unknown {
  const schema = facts.patchSchema(type, version);
  if (!schema) {
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  }
  return strategicPatch(before, body, schema);
}

/** Server-side apply: creates what is not there, and changes only what this manager wants. */
async function answerApply(call: Call, body: unknown): Promise<void> {
  const { api, facts, type, namespace, name = '', query, response } = call;
  const wanted = asObject(body);
  checkKind(wanted, type, apiVersionOf(type.group, call.version));
  checkNamespace(wanted, type, namespace);
  const options = { ...writeOptions(call), force: query.get('force') === 'true' };
  const apply = (before: KubernetesObject | undefined) =>
    facts.applied(before, wanted, { type, ...options, now: new Date() });
  const update = () => api.update(type, { namespace, name }, apply, { ...options, applied: true });
  const exists = api.store.get(resourceKey(type), { namespace, name }) !== undefined;
  if (!exists && options.subresource !== undefined) throw notFound(type, name);
  const { object, warnings } = exists
    ? await update()
    : await createApplied(call, { apply, update, options });
  writeWarnings(response, warnings);
  sendObject(call, object, exists ? 200 : 201);
}

interface Creation {
  readonly apply: (before: undefined) => DraftObject;
  readonly update: () => Promise<Written<KubernetesObject>>;
  readonly options: WriteOptions;
}

async function createApplied(
  { api, type, namespace, name = '' }: Call,
  { apply, update, options }: Creation,
): Promise<Written<KubernetesObject>> {
  const draft = apply(undefined);
  if (draft.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${draft.metadata.name ?? ''}) does not match the name on the URL (${name})`,
    );
  }
  try {
    return await api.create(type, draft, { ...options, namespace, applied: true });
  } catch (error) {
    // Somebody else was faster, so there is something to apply to.
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return await update();
    throw error;
  }
}

/** In bytes. */
const longestManager = 128;

interface ManagerOptions {
  /** What Kubernetes calls the parameters of a request. */
  readonly kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';
  readonly isApply?: boolean;
}

/**
 * Checks who writes, and whether by force.
 *
 * @throws ApiError 422
 */
export function checkManager(query: URLSearchParams, { kind, isApply = false }: ManagerOptions): void {
  const manager = query.get('fieldManager') ?? '';
  const causes = managerCauses(manager);
  if (isApply && manager === '') {
    const message = 'Required value: is required for apply patch';
    causes.push({ reason: 'FieldValueRequired', message, field: 'fieldManager' });
  }
  if (kind === 'PatchOptions' && !isApply && query.has('force')) {
    const message = 'Forbidden: may not be specified for non-apply patch';
    causes.push({ reason: 'FieldValueForbidden', message, field: 'force' });
  }
  if (causes.length > 0) throw invalid({ kind, group: 'meta.k8s.io' }, '', causes);
}

function managerCauses(manager: string): Cause[] {
  const field = 'fieldManager';
  if (Buffer.byteLength(manager) > longestManager) {
    const message = `Too long: may not be more than ${longestManager} bytes`;
    return [{ reason: 'FieldValueTooLong', message, field }];
  }
  const strange = /[^\P{C}]|(?! )\p{Z}/u.exec(manager);
  if (!strange) return [];
  const code = (strange[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const message = `Invalid value: ${JSON.stringify(manager)}: invalid character U+${code} (at position ${strange.index})`;
  return [{ reason: 'FieldValueInvalid', message, field }];
}
