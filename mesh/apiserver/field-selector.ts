import { badRequest } from '#mesh/apiserver/api-error.ts';
import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';

type Predicate = (object: KubernetesObject) => boolean;

const name = 'metadata.name';
const namespace = 'metadata.namespace';
const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** What Kubernetes' own kinds can be selected by, where that is more, or less, than name and namespace; as of 1.33. */
const ofBuiltIn: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'pods',
    [
      ...[
        name,
        namespace,
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.schedulerName',
        'spec.serviceAccountName',
      ],
      ...['spec.hostNetwork', 'status.phase', 'status.podIP', 'status.podIPs', 'status.nominatedNodeName'],
    ],
  ],
  [
    'events',
    [
      ...[name, namespace, ...involved.map((field) => `involvedObject.${field}`)],
      ...['reason', 'reportingComponent', 'source', 'type'],
    ],
  ],
  ['namespaces', [name, 'status.phase']],
  ['nodes', [name, 'spec.unschedulable']],
  ['replicationcontrollers', [name, namespace, 'status.replicas']],
  ['secrets', [name, namespace, 'type']],
  ['services', [name, namespace, 'spec.clusterIP', 'spec.type']],
  ['jobs.batch', [name, namespace, 'status.successful']],
  ['certificatesigningrequests.certificates.k8s.io', [name, 'spec.signerName']],
]);

/** Selectable fields that are not paths within the object, or have a value even if nobody set it. */
const derived: ReadonlyMap<string, (object: KubernetesObject) => unknown> = new Map([
  ['spec.hostNetwork', (pod) => at(pod, 'spec.hostNetwork') === true],
  ['spec.unschedulable', (node) => at(node, 'spec.unschedulable') === true],
  ['source', (event) => at(event, 'source.component') ?? at(event, 'reportingComponent')],
  ['status.replicas', (controller) => at(controller, 'status.replicas') ?? 0],
  ['status.successful', (job) => at(job, 'status.succeeded') ?? 0],
]);

/**
 * The `fieldSelector` of a request: `metadata.name=x,status.phase!=Running`, with `\` before a comma or an equals sign of a value.
 *
 * @throws ApiError 400 for a text that is not a selector, and for a field by which the kind cannot be selected
 */
export function parseFieldSelector(text: string, type: ResourceType): Predicate {
  const requirements = text.split(/(?<!\\),/).flatMap((part): Predicate[] => {
    if (part === '') return [];
    const match = /^((?:[^=!\\]|\\.)*)(==|=|!=)(.*)$/.exec(part);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field = '', operator, given = ''] = match;
    if (field === '' && given === '') return [];
    if (!selectableFields(type).includes(field)) throw unsupported(field, type);
    const value = given.replaceAll(/\\([\\,=])/g, '$1');
    return [(object) => (textOf(object, field) === value) === (operator !== '!=')];
  });
  return (object) => requirements.every((requirement) => requirement(object));
}

function selectableFields(type: ResourceType): readonly string[] {
  const { selectableFields: custom, namespaced } = type;
  if (custom) return [name, ...(namespaced ? [namespace] : []), ...custom];
  return ofBuiltIn.get(resourceKey(type)) ?? [name, namespace];
}

function unsupported(field: string, type: ResourceType): Error {
  if (resourceKey(type) === 'jobs.batch') {
    return badRequest(`field label ${JSON.stringify(field)} not supported for Job`);
  }
  if (type.selectableFields || ofBuiltIn.has(resourceKey(type))) {
    return badRequest(`field label not supported: ${field}`);
  }
  return badRequest(
    `${JSON.stringify(field)} is not a known field selector: only ${JSON.stringify(name)}, ${JSON.stringify(namespace)}`,
  );
}

/** As text; a list or an object is never equal to one. */
function textOf(object: KubernetesObject, field: string): string {
  const value = derived.has(field) ? derived.get(field)?.(object) : at(object, field);
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

function at(object: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined),
      object,
    );
}
