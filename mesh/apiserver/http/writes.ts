import { setTimeout as pause } from 'node:timers/promises';
import { badRequest } from '#mesh/apiserver/api-error.ts';
import { type ImpliedKind, readData, readObject } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { selectorOf } from '#mesh/apiserver/http/list.ts';
import { checkManager } from '#mesh/apiserver/http/patch.ts';
import { isDryRun, writeOptions } from '#mesh/apiserver/http/request-info.ts';
import { sendJson, sendList, sendObject, writeWarnings } from '#mesh/apiserver/http/respond.ts';
import { checkKind, checkNamespace } from '#mesh/apiserver/metadata.ts';
import { type DeleteOptions, type DraftObject, isObject } from '#mesh/apiserver/object.ts';
import { apiVersionOf, resourceKey } from '#mesh/apiserver/resource-type.ts';

export async function answerCreate(call: Call): Promise<void> {
  const { api, type, namespace } = call;
  checkManager(call.query, { kind: 'CreateOptions' });
  const draft = checked(await readObject(call.request, impliedKind(call)), call);
  const { object, warnings } = await api.create(type, draft, { ...writeOptions(call), namespace });
  writeWarnings(call.response, warnings);
  sendObject(call, object, 201);
}

export async function answerReplace(call: Call): Promise<void> {
  const { api, type, namespace, name = '' } = call;
  checkManager(call.query, { kind: 'UpdateOptions' });
  const draft = checked(await readObject(call.request, impliedKind(call)), call);
  const { object, warnings } = await api.update(type, { namespace, name }, () => draft, writeOptions(call));
  writeWarnings(call.response, warnings);
  sendObject(call, object);
}

function impliedKind({ type, version }: Call): ImpliedKind {
  return { apiVersion: apiVersionOf(type.group, version), kind: type.kind };
}

function checked(draft: DraftObject, { type, version, namespace }: Call): DraftObject {
  checkKind(draft, type, apiVersionOf(type.group, version));
  checkNamespace(draft, type, namespace);
  return draft;
}

export async function answerDelete(call: Call): Promise<void> {
  const { api, type, namespace, name = '', response } = call;
  const options = await readDeleteOptions(call);
  const { object, warnings } = await api.delete(type, { namespace, name }, options);
  writeWarnings(response, warnings);
  // What is still there is shown; of what has gone, that it has.
  if (api.store.get(resourceKey(type), { namespace, name }) && !options.dryRun) {
    sendObject(call, object);
    return;
  }
  const { plural, group } = type;
  const details = { name, ...(group && { group }), kind: plural, uid: object.metadata.uid };
  sendJson(response, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

export async function answerDeleteCollection(call: Call): Promise<void> {
  const { api, type, namespace } = call;
  const options = await readDeleteOptions(call);
  const objects = api.store.list(resourceKey(type), namespace).filter(selectorOf(call));
  for (const { metadata } of objects) {
    // One that has gone meanwhile is what was wanted.
    if (api.store.get(resourceKey(type), metadata)) await api.delete(type, metadata, options);
    await pause(0);
  }
  sendList(call, objects, { resourceVersion: String(api.store.version) });
}

/**
 * metav1.DeleteOptions of a request: in its body, its query, or both.
 *
 * @throws ApiError 400
 */
async function readDeleteOptions(call: Call): Promise<DeleteOptions> {
  const { query, request } = call;
  const body = (await readData(request)) ?? {};
  if (!isObject(body)) throw badRequest('the body of a DELETE must be DeleteOptions');
  const grace = query.get('gracePeriodSeconds') ?? body['gracePeriodSeconds'];
  const policy = query.get('propagationPolicy') ?? body['propagationPolicy'];
  const preconditions = isObject(body['preconditions']) ? body['preconditions'] : undefined;
  return {
    manager: writeOptions(call).manager,
    dryRun: isDryRun(query) || (Array.isArray(body['dryRun']) && body['dryRun'].includes('All')),
    ...(grace !== undefined && grace !== null && { gracePeriodSeconds: seconds(grace) }),
    ...(policy !== undefined && policy !== null && { propagationPolicy: policyOf(policy) }),
    ...(preconditions && { preconditions }),
  };
}

function seconds(value: unknown): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) {
    throw badRequest(
      `gracePeriodSeconds: Invalid value: ${JSON.stringify(value)}: must be greater than or equal to 0`,
    );
  }
  return number;
}

function policyOf(value: unknown): 'Background' | 'Foreground' | 'Orphan' {
  if (value === 'Background' || value === 'Foreground' || value === 'Orphan') return value;
  throw badRequest(
    `propagationPolicy: Unsupported value: ${JSON.stringify(value)}: supported values: "Background", "Foreground", "Orphan"`,
  );
}
