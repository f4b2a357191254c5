import { isDeepStrictEqual } from 'node:util';
import type { FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { dnsSubdomain, qualifiedName } from '#mesh/apiserver/kinds/names.ts';
import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

const nameLabel = 'kubernetes.io/metadata.name';

export const namespaces: FieldRules = {
  /** It is emptied before it goes, and can be selected by its name. */
  defaulted(namespace, before) {
    const named = { ...namespace, spec: specOf(namespace, before) };
    const { metadata } = namespace;
    const labels = { ...metadata.labels, [nameLabel]: metadata.name ?? '' };
    return { ...named, metadata: { ...metadata, labels } } as DraftObject;
  },
  check(namespace) {
    for (const finalizer of namespace.at('spec', 'finalizers').elements) {
      finalizer.refuse(qualifiedName(finalizer.text));
      if (!finalizer.text.includes('/') && finalizer.text !== 'kubernetes')
        finalizer.invalid('name is neither a standard finalizer name nor is it fully qualified');
    }
  },
};

/** Only the end of a namespace removes its finalizers. */
function specOf(namespace: DraftObject, before: KubernetesObject | undefined): unknown {
  const spec = isObject(namespace['spec']) ? namespace['spec'] : {};
  if (before?.metadata.deletionTimestamp !== undefined) return spec;
  return before ? before['spec'] : { ...spec, finalizers: finalizersOf(spec) };
}

function finalizersOf({ finalizers }: Readonly<Record<string, unknown>>): readonly unknown[] {
  const given = Array.isArray(finalizers) ? finalizers : [];
  return given.includes('kubernetes') ? given : [...given, 'kubernetes'];
}

export const serviceAccounts: FieldRules = {
  check(account) {
    for (const secret of account.at('imagePullSecrets').elements) secret.at('name').whenNamed(dnsSubdomain);
  },
};

/** An event is about an object in its own namespace, and never changes its subject. */
export const events: FieldRules = {
  check(event, before) {
    const [namespace, about] = [event.at('metadata', 'namespace'), event.at('involvedObject', 'namespace')];
    // Objects that have no namespace have their events in the default one.
    const wanted = about.isEmpty ? 'default' : about.text;
    if (wanted !== namespace.text && !(about.isEmpty && namespace.text === 'kube-system'))
      about.invalid('does not match event.namespace', about.text);
    for (const name of before && event.at('reportingComponent').isSet ? ['involvedObject'] : []) {
      if (!isDeepStrictEqual(event.at(name).value, before?.at(name).value))
        event.at(name).invalid('field is immutable');
    }
  },
};
