import { badRequest, conflict, methodNotAllowed } from '#mesh/apiserver/api-error.ts';
import { readObject } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { answerEviction } from '#mesh/apiserver/http/eviction.ts';
import type { CallHandler } from '#mesh/apiserver/http/handle.ts';
import { writeOptions } from '#mesh/apiserver/http/request-info.ts';
import { sendJson, sendObject } from '#mesh/apiserver/http/respond.ts';
import { answerToken, reviewHandlers } from '#mesh/apiserver/http/reviews.ts';
import { scaleHandler } from '#mesh/apiserver/http/scale.ts';
import { Tokens } from '#mesh/apiserver/http/user.ts';
import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';

export interface SpecialHandlersOptions {
  /** The CustomResourceDefinition of a kind that has one. */
  readonly definitionOf: (type: ResourceType) => CustomResourceDefinition | undefined;
  readonly tokens?: Tokens;
  readonly now?: () => Date;
}

/** Answers that are nowhere stored, and subresources that do something: for `special` of the handler. */
export function specialHandlers({
  definitionOf,
  tokens = new Tokens(),
  now = () => new Date(),
}: SpecialHandlersOptions): ReadonlyMap<string, CallHandler> {
  return new Map<string, CallHandler>([
    ['any/scale', scaleHandler(definitionOf)],
    ['pods/eviction', answerEviction],
    ['pods/binding', answerBinding],
    ['namespaces/finalize', answerFinalize],
    ['serviceaccounts/token', (call) => answerToken(call, tokens, now())],
    ...reviewHandlers(tokens, now),
  ]);
}

/** `pods/binding`: gives a pod its node, once. */
async function answerBinding(call: Call): Promise<void> {
  const { api, type, namespace, name = '', request, response } = call;
  if (request.method !== 'POST') throw methodNotAllowed();
  const binding = await readObject(request);
  const target = isObject(binding['target']) ? binding['target'] : {};
  const node = target['name'];
  if (typeof node !== 'string' || node === '') throw badRequest('target.name: Required value');
  const bind = (pod: KubernetesObject) => {
    const spec = isObject(pod['spec']) ? pod['spec'] : {};
    const why = `pod ${name} is already assigned to node ${JSON.stringify(spec['nodeName'])}`;
    if (spec['nodeName']) throw conflict({ ...type, plural: 'pods/binding' }, name, why);
    return { ...pod, spec: { ...spec, nodeName: node } };
  };
  await api.update(type, { namespace, name }, bind, writeOptions(call));
  sendJson(response, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}

/** `namespaces/finalize`: takes away what a namespace that is deleted waits for. */
async function answerFinalize(call: Call): Promise<void> {
  const { api, type, name = '', request } = call;
  if (request.method !== 'PUT') throw methodNotAllowed();
  const wanted = await readObject(request);
  const spec = isObject(wanted['spec']) ? wanted['spec'] : {};
  const { object } = await api.update(
    type,
    { name },
    (before) => ({
      ...before,
      spec: { ...(isObject(before['spec']) ? before['spec'] : {}), finalizers: spec['finalizers'] ?? [] },
    }),
    writeOptions(call),
  );
  sendObject(call, object);
}
