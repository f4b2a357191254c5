import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { AuthorizationPolicy } from '#mesh/istiod/config/schema/resource.ts';

/** One value somewhere in an authorization policy, with the attribute that it is compared with. */
export interface PolicyValue {
  /** In the words of `when`: `source.principal`, `destination.port`; those without such a word by their field. */
  readonly attribute: string;
  readonly value: string;
  readonly path: YamlPath;
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  principals: 'source.principal',
  namespaces: 'source.namespace',
  serviceAccounts: 'source.serviceAccount',
  ipBlocks: 'source.ip',
  remoteIpBlocks: 'remote.ip',
  requestPrincipals: 'request.auth.principal',
  ports: 'destination.port',
};

/** Every value of a policy's rules, positive or negative, wherever it is written. */
export function policyValues({ spec }: AuthorizationPolicy): readonly PolicyValue[] {
  return spec.rules.flatMap((rule, index) => {
    const at = ['spec', 'rules', index] as const;
    return [
      ...(rule.from ?? []).flatMap(({ source }, entry) =>
        fieldValues(source, [...at, 'from', entry, 'source']),
      ),
      ...(rule.to ?? []).flatMap(({ operation }, entry) =>
        fieldValues(operation, [...at, 'to', entry, 'operation']),
      ),
      ...(rule.when ?? []).flatMap(({ key, values = [], notValues = [] }, entry) => [
        ...listed(values, { attribute: key, path: [...at, 'when', entry, 'values'] }),
        ...listed(notValues, { attribute: key, path: [...at, 'when', entry, 'notValues'] }),
      ]),
    ];
  });
}

type Fields = Readonly<Record<string, readonly string[] | undefined>>;

function fieldValues(fields: Fields, path: YamlPath): readonly PolicyValue[] {
  return Object.entries(fields).flatMap(([name, values = []]) => {
    const positive = name.startsWith('not') ? name.charAt(3).toLowerCase() + name.slice(4) : name;
    return listed(values, { attribute: ATTRIBUTES[positive] ?? positive, path: [...path, name] });
  });
}

function listed(
  values: readonly string[],
  { attribute, path }: Pick<PolicyValue, 'attribute' | 'path'>,
): readonly PolicyValue[] {
  return values.map((value, index) => ({ attribute, value, path: [...path, index] }));
}
