import type { Diagnostic } from '#mesh/diagnostic.ts';
import { ofKind, type Resource, type ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { gatewayNamespace } from '#mesh/istiod/model/gateway.ts';
import type { Credentials } from '#mesh/istiod/model/mesh.ts';
import { once } from '#mesh/once.ts';

/** The keys of a Secret that holds a gateway's certificate: Kubernetes' names, and Istio's older ones. */
const accepted = [
  ['tls.crt', 'tls.key'],
  ['cert', 'key'],
] as const;

/** What proxies can be given of the Secrets. */
export const credentialsOf = once((resources: readonly Resource[]): Credentials => {
  const secrets = ofKind(resources, 'Secret').map(
    (secret) => [`${secret.metadata.namespace}/${secret.metadata.name}`, secretText(secret)] as const,
  );
  const holding = (...keys: readonly string[]) =>
    secrets.flatMap(([name, data]) => (keys.every((key) => Object.hasOwn(data, key)) ? [name] : []));
  const roots = [...holding('ca.crt'), ...holding('cacert')];
  return {
    certificates: accepted.flatMap((keys) => holding(...keys)),
    roots: [...roots, ...roots.map((name) => name.replace(/-cacert$/, ''))],
  };
});

/**
 * Everything without the servers whose Secrets are not there, or hold no certificate: their port stays closed until they do,
 * as in Istio.
 */
export function withoutMissingCredentials(resources: readonly Resource[]): readonly Resource[] {
  return resources.map((resource) => {
    if (resource.kind !== 'Gateway') return resource;
    const servers = resource.spec.servers.filter((server) => problemsOf(server, resources).length === 0);
    return servers.length === resource.spec.servers.length
      ? resource
      : { ...resource, spec: { ...resource.spec, servers } };
  });
}

/** Gateways whose Secrets are not there, or lack a certificate. */
export function checkCredentials(resources: readonly Resource[]): Diagnostic[] {
  return ofKind(resources, 'Gateway').flatMap((gateway) =>
    gateway.spec.servers.flatMap((server, index) =>
      problemsOf(server, resources).map(({ message, keys, field }) => ({
        severity: 'error' as const,
        code: 'IST0101',
        message,
        fix: `apply a Secret with ${keys}, in namespace ${gatewayNamespace}, the gateway's own`,
        position: gateway.document.at(['spec', 'servers', index, 'tls', ...field]),
        resource: `Gateway ${gateway.metadata.namespace}/${gateway.metadata.name}`,
      })),
    ),
  );
}

const PAIR = '`tls.crt` and `tls.key`';
const AUTHORITY = '`ca.crt`';

type Server = ResourceOf<'Gateway'>['spec']['servers'][number];

interface Problem {
  readonly message: string;
  /** What the Secret must hold. */
  readonly keys: string;
  /** Below `tls`. */
  readonly field: readonly (string | number)[];
}

function problemsOf({ tls }: Server, resources: readonly Resource[]): readonly Problem[] {
  if (tls === undefined) return [];
  const { credentialName, credentialNames, caCertCredentialName } = tls;
  const verifies = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL';
  const named = credentialNames.map((name, index) => ({ name, field: ['credentialNames', index] }));
  const pairs =
    named.length > 0 || !credentialName ? named : [{ name: credentialName, field: ['credentialName'] }];
  const authority = caCertCredentialName
    ? { name: caCertCredentialName, field: ['caCertCredentialName'] }
    : pairs[0];
  return [
    ...pairs.flatMap((one) => problemOf(one, { holds: 'certificates', keys: PAIR }, resources)),
    ...(verifies && authority ? problemOf(authority, { holds: 'roots', keys: AUTHORITY }, resources) : []),
  ].filter(({ field }, index, all) => all.findIndex((one) => one.field === field) === index);
}

function problemOf(
  { name, field }: Pick<Problem, 'field'> & { readonly name: string },
  { holds, keys }: { readonly holds: keyof Credentials; readonly keys: string },
  resources: readonly Resource[],
): Problem[] {
  if (credentialsOf(resources)[holds].includes(`${gatewayNamespace}/${name}`)) return [];
  const exists = keySource({ kind: 'Secret', name, namespace: gatewayNamespace }, resources) !== undefined;
  const message = exists
    ? `the Secret \`${name}\` holds no ${keys}`
    : `the gateway's credential \`${name}\` is not a Secret in namespace \`${gatewayNamespace}\``;
  return [{ message, keys, field }];
}

/** The ConfigMap or Secret that a variable comes from. */
export interface KeySource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly namespace: string;
}

/** Its keys and values as text, or undefined when it does not exist. */
export function keySource(
  source: KeySource,
  resources: readonly Resource[],
): Readonly<Record<string, string>> | undefined {
  for (const resource of resources) {
    const { name, namespace } = resource.metadata;
    if (name !== source.name || namespace !== source.namespace || resource.kind !== source.kind) {
      continue;
    }
    return resource.kind === 'Secret'
      ? secretText(resource)
      : resource.kind === 'ConfigMap'
        ? resource.data
        : {};
  }
  return undefined;
}

/** `stringData` wins over `data`, as in Kubernetes. */
function secretText({ data, stringData }: Extract<Resource, { kind: 'Secret' }>): Record<string, string> {
  const decoded = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  return { ...Object.fromEntries(decoded), ...stringData };
}
