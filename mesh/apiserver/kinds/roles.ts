import { isDeepStrictEqual } from 'node:util';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector } from '#mesh/apiserver/kinds/label-selector.ts';
import { dnsSubdomain, pathSegment } from '#mesh/apiserver/kinds/names.ts';
import { type DraftObject, isObject } from '#mesh/apiserver/object.ts';

const group = 'rbac.authorization.k8s.io';

export const roles: FieldRules = {
  check: (role) => checkRules(role.at('rules'), true),
};

export const clusterRoles: FieldRules = {
  check(role) {
    checkRules(role.at('rules'), false);
    const aggregation = role.at('aggregationRule');
    const selectors = aggregation.at('clusterRoleSelectors');
    if (aggregation.isSet && selectors.isEmpty)
      selectors.required('at least one clusterRoleSelector required if aggregationRule is non-nil');
    for (const selector of selectors.elements) checkLabelSelector(selector);
  },
};

export const roleBindings: FieldRules = binding(['Role', 'ClusterRole'], true);
export const clusterRoleBindings: FieldRules = binding(['ClusterRole'], false);

function checkRules(rules: Field, namespaced: boolean): void {
  for (const rule of rules.elements) {
    if (rule.at('verbs').isEmpty) rule.at('verbs').required('verbs must contain at least one value');
    const urls = rule.at('nonResourceURLs');
    if (!urls.isEmpty) {
      if (namespaced) urls.invalid('namespaced rules cannot apply to non-resource URLs');
      const both = ['apiGroups', 'resources', 'resourceNames'].some((name) => !rule.at(name).isEmpty);
      if (both) urls.invalid('rules cannot apply to both regular resources and non-resource URLs');
      continue;
    }
    if (rule.at('apiGroups').isEmpty)
      rule.at('apiGroups').required('resource rules must supply at least one api group');
    if (rule.at('resources').isEmpty)
      rule.at('resources').required('resource rules must supply at least one resource');
  }
}

function binding(kinds: readonly string[], namespaced: boolean): FieldRules {
  return {
    defaulted: withGroups,
    check(object, before) {
      const role = object.at('roleRef');
      if (role.at('apiGroup').text !== group) role.at('apiGroup').unsupported([group]);
      if (!kinds.includes(role.at('kind').text)) role.at('kind').unsupported(kinds);
      role.at('name').named(pathSegment);
      for (const subject of object.at('subjects').elements) checkSubject(subject, namespaced);
      if (before && !isDeepStrictEqual(role.value, before.at('roleRef').value))
        role.invalid('cannot change roleRef');
    },
  };
}

/** Users and groups are of RBAC's API group, service accounts of the core's. */
function withGroups(object: DraftObject): DraftObject {
  const { roleRef, subjects } = object;
  const role = isObject(roleRef) && !roleRef['apiGroup'] ? { roleRef: { ...roleRef, apiGroup: group } } : {};
  if (!Array.isArray(subjects)) return { ...object, ...role };
  const all = subjects.map((subject: unknown) =>
    isObject(subject) && !subject['apiGroup'] && (subject['kind'] === 'User' || subject['kind'] === 'Group')
      ? { ...subject, apiGroup: group }
      : subject,
  );
  return { ...object, ...role, subjects: all };
}

function checkSubject(subject: Field, namespaced: boolean): void {
  const [kind, name, api] = [subject.at('kind'), subject.at('name'), subject.at('apiGroup')];
  if (name.isEmpty) name.required();
  if (kind.text === 'ServiceAccount') {
    name.whenNamed(dnsSubdomain);
    if (!api.isEmpty) api.unsupported(['']);
    if (!namespaced && subject.at('namespace').isEmpty) subject.at('namespace').required();
  } else if (kind.text === 'User' || kind.text === 'Group') {
    if (api.text !== group) api.unsupported([group]);
  } else kind.unsupported(['ServiceAccount', 'User', 'Group']);
}
