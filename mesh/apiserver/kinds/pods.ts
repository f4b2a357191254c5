import { isDeepStrictEqual } from 'node:util';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkPodSpec, checkTemplate } from '#mesh/apiserver/kinds/pod-spec.ts';
import { podWarnings } from '#mesh/apiserver/kinds/pod-warnings.ts';
import { isObject } from '#mesh/apiserver/object.ts';

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export const pods: FieldRules = {
  defaulted: (pod) => withPodDefaults(pod),
  check(pod, before) {
    checkPodSpec(pod.at('spec'));
    if (before) checkUpdate(pod.at('spec'), before.at('spec'));
    else if (!pod.at('spec', 'ephemeralContainers').isEmpty)
      pod.at('spec', 'ephemeralContainers').forbidden('cannot be set on create');
  },
  warnings: (pod) => podWarnings(pod),
};

export const podTemplates: FieldRules = {
  check: (object) => checkTemplate(object.at('template')),
  warnings: (object) => podWarnings(object.at('template')),
};

/** A pod that exists gets another image and little else. */
function checkUpdate(spec: Field, before: Field): void {
  for (const name of ['containers', 'initContainers']) {
    if (spec.at(name).elements.length !== before.at(name).elements.length) {
      spec.at(name).forbidden('pod updates may not add or remove containers');
      return;
    }
  }
  checkDeadline(spec.at('activeDeadlineSeconds'), before.at('activeDeadlineSeconds'));
  checkTolerations(spec.at('tolerations'), before.at('tolerations'));
  // A pod is given its node once.
  const bound = before.at('nodeName').isEmpty ? before.with(['nodeName'], spec.at('nodeName').value) : before;
  const [wanted, given] = [fixedPart(spec), fixedPart(bound)];
  if (isDeepStrictEqual(wanted, given)) return;
  const fields = differences(wanted, given);
  spec.forbidden(`pod updates may not change fields other than ${changeable}\nchanged: ${fields.join(', ')}`);
}

function checkDeadline(deadline: Field, before: Field): void {
  if (before.number === undefined) return;
  if (deadline.number === undefined) deadline.invalid('must not update from a positive integer to nil value');
  else if (deadline.number > before.number) deadline.invalid('must be less than or equal to previous value');
}

function checkTolerations(tolerations: Field, before: Field): void {
  const kept = before.elements.every(({ value }) =>
    tolerations.elements.some((toleration) => sameToleration(toleration.value, value)),
  );
  if (!kept) tolerations.forbidden('existing toleration can not be modified except its tolerationSeconds');
}

function sameToleration(one: unknown, other: unknown): boolean {
  const known = (value: unknown) => {
    const { tolerationSeconds: _, ...rest } = isObject(value) ? value : {};
    return rest;
  };
  return isDeepStrictEqual(known(one), known(other));
}

/** A pod's spec without what may change, and without differences that mean nothing. */
function fixedPart({ value }: Field): Record<string, unknown> {
  const {
    activeDeadlineSeconds: _,
    tolerations: __,
    schedulingGates: ___,
    ...spec
  } = isObject(value) ? value : {};
  const plain = (container: unknown) => {
    const { image: ____, ...rest } = isObject(container) ? container : {};
    return rest;
  };
  const plainList = (name: string) => (Array.isArray(spec[name]) ? { [name]: spec[name].map(plain) } : {});
  return withoutEmpty({ ...spec, ...plainList('containers'), ...plainList('initContainers') }) as Record<
    string,
    unknown
  >;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const kept = Object.entries(value)
    .filter(([, each]) => !isAbsent(each))
    .map(([name, each]) => [name, withoutEmpty(each)]);
  return Object.fromEntries(kept);
}

function isAbsent(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function differences(one: Record<string, unknown>, other: Record<string, unknown>): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => !isDeepStrictEqual(one[name], other[name]),
  );
}

type Fields = Readonly<Record<string, unknown>>;

const places = ['spec.template.spec', 'spec.jobTemplate.spec.template.spec', 'template.spec'];

/** Defaults that depend on other values in the template of an object's pods. */
export function withTemplateDefaults<Value extends object>(object: Value): Value {
  return places.reduce<Value>((value, place) => at(value, place.split('.'), withVolumes) as Value, object);
}

/** Those of a pod itself: also what it asks for where it only has a limit. */
function withPodDefaults<Value extends object>(pod: Value): Value {
  return at(pod, ['spec'], (spec) =>
    withHostPorts(
      withVolumes({
        ...spec,
        ...mapped(spec, 'containers', withRequests),
        ...mapped(spec, 'initContainers', withRequests),
      }),
    ),
  ) as Value;
}

/** A volume without a source is an empty folder, and a container without resources says so. */
function withVolumes(spec: Fields): Fields {
  const withResources = (container: Fields) => ({
    ...container,
    resources: container['resources'] ?? {},
  });
  return withHostPorts({
    ...spec,
    ...mapped(spec, 'containers', withResources),
    ...mapped(spec, 'initContainers', withResources),
    ...mapped(spec, 'volumes', (volume) => {
      const bare = Object.entries(volume).every(([name, value]) => name === 'name' || value === null);
      return bare ? { ...volume, emptyDir: {} } : volume;
    }),
  });
}

function withHostPorts(spec: Fields): Fields {
  if (spec['hostNetwork'] !== true) return spec;
  const open = (container: Fields) => ({
    ...container,
    ...mapped(container, 'ports', (port) => ({
      ...port,
      hostPort: port['hostPort'] || port['containerPort'],
    })),
  });
  return { ...spec, ...mapped(spec, 'containers', open), ...mapped(spec, 'initContainers', open) };
}

function withRequests(container: Fields): Fields {
  const { resources } = container;
  if (!isObject(resources) || !isObject(resources['limits'])) return container;
  const requests = isObject(resources['requests']) ? resources['requests'] : {};
  return { ...container, resources: { ...resources, requests: { ...resources['limits'], ...requests } } };
}

function mapped(owner: Fields, name: string, change: (element: Fields) => Fields): Fields {
  const list = owner[name];
  if (!Array.isArray(list)) return {};
  return { [name]: list.map((element) => (isObject(element) ? change(element) : element)) };
}

/** The object with a part of it changed, when it has that part. */
function at(value: unknown, [step, ...more]: readonly string[], change: (found: Fields) => Fields): unknown {
  if (!isObject(value)) return value;
  if (step === undefined) return change(value);
  const inner = value[step];
  return isObject(inner) ? { ...value, [step]: at(inner, more, change) } : value;
}
