import type { Api } from '#mesh/apiserver/api.ts';
import { groupsOf, masters, type User } from '#mesh/apiserver/http/user.ts';
import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

const rbac = 'rbac.authorization.k8s.io';

/** What somebody wants to do, with a resource or with a path that is not a resource. */
export interface Attributes {
  readonly verb: string;
  readonly namespace?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly path?: string;
}

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly reason: string;
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** What every user may do: ask about themselves, and discover what the API has. */
const basics: readonly PolicyRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  {
    verbs: ['get'],
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
  },
];

/** What a bound role allows although nobody created it. */
const builtIn: ReadonlyMap<string, readonly PolicyRule[]> = new Map([['cluster-admin', everything]]);

/** Whether a user may; `reason` says by which binding. */
export function isAllowed(
  api: Api,
  user: User,
  attributes: Attributes,
): { readonly allowed: boolean; readonly reason: string } {
  if (user.groups.includes(masters)) return { allowed: true, reason: '' };
  const grant = grantsOf(api, user, attributes.namespace).find(({ rules }) =>
    rules.some((rule) => covers(rule, attributes)),
  );
  return { allowed: grant !== undefined, reason: grant?.reason ?? '' };
}

/** All rules that hold for a user in a namespace. */
export function rulesOf(api: Api, user: User, namespace: string | undefined): readonly PolicyRule[] {
  if (user.groups.includes(masters)) return everything;
  return grantsOf(api, user, namespace).flatMap(({ rules }) => rules);
}

function grantsOf(api: Api, user: User, namespace: string | undefined): Grant[] {
  const bound = (resource: string, where?: string) =>
    api.store.list(`${resource}.${rbac}`, where).flatMap((binding) => grantOf(api, binding, user) ?? []);
  const named = user.username !== 'system:anonymous';
  return [
    ...(named ? [{ rules: basics, reason: 'RBAC: allowed to every user' }] : []),
    ...bound('clusterrolebindings'),
    ...(namespace ? bound('rolebindings', namespace) : []),
  ];
}

function grantOf(api: Api, binding: KubernetesObject, user: User): Grant | undefined {
  const subjects = Array.isArray(binding['subjects']) ? binding['subjects'].filter(isObject) : [];
  const subject = subjects.find((each) => isSubject(each, user, binding.metadata.namespace));
  const role = isObject(binding['roleRef']) ? binding['roleRef'] : {};
  if (!subject) return undefined;
  const [kind, name] = [String(role['kind']), String(role['name'])];
  const { namespace } = binding.metadata;
  const found =
    kind === 'Role'
      ? api.store.get(`roles.${rbac}`, { namespace, name })
      : api.store.get(`clusterroles.${rbac}`, { name });
  const rules = found ? ((found['rules'] ?? []) as readonly PolicyRule[]) : (builtIn.get(name) ?? []);
  const place = namespace === undefined ? binding.metadata.name : `${binding.metadata.name}/${namespace}`;
  const reason = `RBAC: allowed by ${binding.kind} ${JSON.stringify(place)} of ${kind} ${JSON.stringify(name)} to ${subject['kind']} ${JSON.stringify(subject['name'])}`;
  return { rules, reason };
}

function isSubject(
  { kind, name, namespace }: Readonly<Record<string, unknown>>,
  user: User,
  own: string | undefined,
): boolean {
  if (kind === 'User') return name === user.username;
  if (kind === 'Group')
    return user.groups.includes(String(name)) || groupsOf(user.username).includes(String(name));
  return user.username === `system:serviceaccount:${namespace || own}:${name}`;
}

function covers(rule: PolicyRule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined) return coversPath(rule.nonResourceURLs ?? [], attributes.path);
  const { group = '', resource = '', subresource, name } = attributes;
  const whole = subresource ? `${resource}/${subresource}` : resource;
  const wanted = [whole, ...(subresource ? [`*/${subresource}`] : [])];
  if (!includes(rule.apiGroups, group)) return false;
  if (!wanted.some((each) => includes(rule.resources, each))) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (name !== undefined && names.includes(name));
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list?.includes('*') === true || list?.includes(value) === true;
}

function coversPath(urls: readonly string[], path: string): boolean {
  return urls.some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  );
}
