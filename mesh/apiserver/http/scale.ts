import { ApiError, methodNotAllowed, noSuchPath } from '#mesh/apiserver/api-error.ts';
import { asObject, mediaType, parseBody, readBody, readObject } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { writeOptions } from '#mesh/apiserver/http/request-info.ts';
import { sendJson, writeWarnings } from '#mesh/apiserver/http/respond.ts';
import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import { jsonPatch, mergePatch } from '#mesh/apiserver/patch/patches.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';
import type { LabelSelector } from '#mesh/apiserver/selector.ts';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';
import type { ScalePaths } from '#mesh/apiserver/shapes/resources.ts';

const ofWorkloads: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
};

/** The subresource `scale` of any kind: how many copies an object has and wants, as an autoscaling/v1 Scale. */
export function scaleHandler(
  definitionOf: (type: ResourceType) => CustomResourceDefinition | undefined,
): (call: Call) => Promise<void> {
  const pathsOf = ({ type, version }: Call): ScalePaths => {
    const definition = definitionOf(type);
    if (!definition) return ofWorkloads;
    const paths = definition.spec.versions.find(({ name }) => name === version)?.subresources?.scale;
    if (!paths) throw noSuchPath();
    return paths;
  };
  return async (call) => {
    const { api, type, namespace, name = '' } = call;
    const paths = pathsOf(call);
    if (call.request.method === 'GET') {
      sendJson(call.response, scaleOf(api.get(type, { namespace, name }), paths));
      return;
    }
    const change = await changeOf(call);
    const { object, warnings } = await api.update(
      type,
      { namespace, name },
      (before) => scaled(before, change(scaleOf(before, paths)), paths),
      writeOptions(call),
    );
    writeWarnings(call.response, warnings);
    sendJson(call.response, scaleOf(object, paths));
  };
}

/** What the request makes of a Scale. */
async function changeOf({ request }: Call): Promise<(scale: DraftObject) => DraftObject> {
  if (request.method === 'PUT') {
    const wanted = await readObject(request);
    return () => wanted;
  }
  if (request.method !== 'PATCH') throw methodNotAllowed();
  const type = mediaType(request);
  const body = parseBody(await readBody(request), type === 'application/apply-patch+yaml' ? 'yaml' : 'json');
  // A Scale has no lists, so that all merges are one.
  return type === 'application/json-patch+json'
    ? (scale) => asObject(jsonPatch(scale, body))
    : (scale) => asObject(mergePatch(scale, body));
}

function scaleOf(object: KubernetesObject, paths: ScalePaths): DraftObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorOf(object, paths);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas: numberAt(object, paths.specReplicasPath) },
    status: {
      replicas: numberAt(object, paths.statusReplicasPath),
      ...(selector !== '' && { selector }),
    },
  };
}

/** @throws ApiError 422 */
function scaled(before: KubernetesObject, scale: DraftObject, paths: ScalePaths): DraftObject {
  const spec = isObject(scale['spec']) ? scale['spec'] : {};
  const replicas = Number(spec['replicas'] ?? 0);
  if (!Number.isInteger(replicas) || replicas < 0) throw invalidCount(before.metadata.name, spec['replicas']);
  const changed = replaced(before, stepsOf(paths.specReplicasPath), replicas) as DraftObject;
  const { resourceVersion: _, ...metadata } = before.metadata;
  const { resourceVersion } = scale.metadata;
  // Only a client that asks for one gets a conflict: a patch has what it was made from.
  const wanted =
    resourceVersion && resourceVersion !== before.metadata.resourceVersion ? { resourceVersion } : {};
  return { ...changed, metadata: { ...metadata, ...wanted } };
}

function invalidCount(name: string, value: unknown): ApiError {
  const cause = {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: must be greater than or equal to 0`,
    field: 'spec.replicas',
  };
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `Scale.autoscaling ${JSON.stringify(name)} is invalid: ${cause.field}: ${cause.message}`,
    details: { name, group: 'autoscaling', kind: 'Scale', causes: [cause] },
  });
}

function stepsOf(path: string): string[] {
  return path.split('.').filter((step) => step !== '');
}

function valueAt(object: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>(
    (value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    object,
  );
}

function numberAt(object: unknown, path: string): number {
  return Number(valueAt(object, path) ?? 0);
}

function replaced(owner: unknown, [step, ...more]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  const fields = isObject(owner) ? owner : {};
  return { ...fields, [step]: replaced(fields[step], more, value) };
}

/** As text, which clients list the pods by. */
function selectorOf(object: KubernetesObject, { labelSelectorPath }: ScalePaths): string {
  if (labelSelectorPath !== undefined) return String(valueAt(object, labelSelectorPath) ?? '');
  const selector = valueAt(object, '.spec.selector');
  if (!isObject(selector)) return '';
  // A ReplicationController's is a plain map.
  const isMap = !('matchLabels' in selector) && !('matchExpressions' in selector);
  const { matchLabels = {}, matchExpressions = [] } = (
    isMap ? { matchLabels: selector } : selector
  ) as LabelSelector;
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...equal.sort(), ...others].join(',');
}
