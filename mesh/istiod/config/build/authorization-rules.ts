import type {
  Condition,
  Operation,
  Source,
} from '#mesh/istiod/config/schema/istio/authorization-policy/authorization-policy.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { AuthorizationRule, CallerCondition, OperationCondition } from '#mesh/istiod/model/policy.ts';
import { ownValue } from '#mesh/own-value.ts';

type Rule = ResourceOf<'AuthorizationPolicy'>['spec']['rules'][number];

/** A rule in the mesh's own nouns. What `when` says is said of each caller, or of each operation. */
export function authorizationRule(rule: Rule, namespace: string): Omit<AuthorizationRule, 'position'> {
  const { from = [], to = [], when = [] } = rule;
  const ofCaller = when.flatMap((condition) => callerCondition(condition, namespace) ?? []);
  const ofOperation = when.flatMap((condition) => operationCondition(condition) ?? []);
  const callers = from.map(({ source }) => [...sourceConditions(source, namespace), ...ofCaller]);
  const operations = to.map(({ operation }) => [...operationConditions(operation), ...ofOperation]);
  return {
    callers: callers.length > 0 ? callers : [ofCaller],
    operations: operations.length > 0 ? operations : [ofOperation],
  };
}

type Texts = readonly string[] | undefined;

/** The conditions that say something, in the order in which Istio generates them. */
function sourceConditions(source: Source, namespace: string): CallerCondition[] {
  const conditions: readonly CallerCondition[] = [
    { of: 'principal', ...both(source.principals, source.notPrincipals) },
    { of: 'trust-domain', ...both(source.trustDomains, source.notTrustDomains) },
    { of: 'request-principal', ...both(source.requestPrincipals, source.notRequestPrincipals) },
    {
      of: 'service-account',
      ...both(qualify(source.serviceAccounts, namespace), qualify(source.notServiceAccounts, namespace)),
    },
    { of: 'namespace', ...both(source.namespaces, source.notNamespaces) },
    { of: 'remote-address', ...both(source.remoteIpBlocks, source.notRemoteIpBlocks) },
    { of: 'address', ...both(source.ipBlocks, source.notIpBlocks) },
  ];
  return conditions.filter(saysSomething);
}

function operationConditions(operation: Operation): OperationCondition[] {
  const conditions: readonly OperationCondition[] = [
    { of: 'host', ...both(operation.hosts, operation.notHosts) },
    { of: 'method', ...both(operation.methods, operation.notMethods) },
    { of: 'path', ...both(operation.paths, operation.notPaths) },
    { of: 'port', ...both(operation.ports, operation.notPorts) },
  ];
  return conditions.filter(saysSomething);
}

const CALLER_KEYS = {
  'source.principal': 'principal',
  'source.namespace': 'namespace',
  'source.serviceAccount': 'service-account',
  'source.ip': 'address',
  'remote.ip': 'remote-address',
  'request.auth.principal': 'request-principal',
} as const;

const CLAIM_KEYS: Readonly<Record<string, string>> = {
  'request.auth.audiences': 'aud',
  'request.auth.presenter': 'azp',
};

const OPERATION_KEYS = {
  'destination.port': 'port',
  'destination.ip': 'destination-address',
  'connection.sni': 'server-name',
} as const;

function callerCondition(condition: Condition, namespace: string): CallerCondition | undefined {
  const { key } = condition;
  const values = both(condition.values, condition.notValues);
  const [, header] = /^request\.headers\[(.+)\]$/.exec(key) ?? [];
  if (header !== undefined) return { of: 'header', name: header, ...values };
  const claim = ownValue(CLAIM_KEYS, key);
  if (claim !== undefined) return { of: 'claim', path: [claim], ...values };
  if (key.startsWith('request.auth.claims[')) {
    return { of: 'claim', path: [...key.matchAll(/\[([^\]]+)\]/g)].map(([, name = '']) => name), ...values };
  }
  const of = isKeyOf(CALLER_KEYS, key) ? CALLER_KEYS[key] : undefined;
  if (of !== 'service-account') return of && { of, ...values };
  return { of, ...both(qualify(condition.values, namespace), qualify(condition.notValues, namespace)) };
}

const METADATA_KEY = /^experimental\.(envoy\.filters\.[^[]*)\[(.*)\]$/;

function operationCondition({ key, values, notValues }: Condition): OperationCondition | undefined {
  const [, filter, name] = METADATA_KEY.exec(key) ?? [];
  if (filter !== undefined && name !== undefined)
    return { of: 'metadata', filter, key: name, ...both(values, notValues) };
  return isKeyOf(OPERATION_KEYS, key) ? { of: OPERATION_KEYS[key], ...both(values, notValues) } : undefined;
}

function isKeyOf<T extends object>(table: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(table, key);
}

function both(values: Texts = [], notValues: Texts = []) {
  return { values, notValues };
}

function saysSomething({ values, notValues }: { values: readonly string[]; notValues: readonly string[] }) {
  return values.length > 0 || notValues.length > 0;
}

/** A service account without namespace is one of the policy's own. */
function qualify(accounts: Texts, namespace: string): Texts {
  return accounts?.map((account) => (account.includes('/') ? account : `${namespace}/${account}`));
}
