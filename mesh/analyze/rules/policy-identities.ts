import { type PolicyValue, policyValues } from '#mesh/analyze/policy-fields.ts';
import { type Analysis, diagnose, type Problem, type Rule } from '#mesh/analyze/rule.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

/** In every mesh without being among the files: what an installation of Istio and Kubernetes brings along. */
const SYSTEM_NAMESPACES = ['default', 'istio-system', 'kube-system'];
const GATEWAY = /^istio-(in|e)gressgateway-service-account$/;

type Checked = Omit<Problem, 'severity'> | undefined;

/**
 * M101-unknown-namespace, M101-unknown-service-account: callers that cannot exist, so that an ALLOW rule lets nobody
 * in and a DENY rule stops nobody; M101-principal: a text that no certificate can hold.
 */
export const policyIdentities: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) =>
    policyValues(policy).flatMap((value) => {
      const problem = check(value, analysis, policy.metadata.namespace);
      return problem ? [diagnose(policy, value.path, { severity: 'warning', ...problem })] : [];
    }),
  );

function check({ attribute, value }: PolicyValue, analysis: Analysis, own: string): Checked {
  if (value.includes('*')) return undefined;
  switch (attribute) {
    case 'source.namespace':
      return unknownNamespace(value, analysis);
    case 'source.principal':
      return principal(value, analysis);
    case 'source.serviceAccount': {
      const [account = '', namespace = own] = value.split('/').reverse();
      return unknownNamespace(namespace, analysis) ?? unknownAccount({ account, namespace }, analysis);
    }
    default:
      return undefined;
  }
}

function principal(value: string, analysis: Analysis): Checked {
  const [, namespace, account] = /^[^/:]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(value) ?? [];
  if (namespace === undefined || account === undefined) {
    return {
      code: 'M101-principal',
      message: `no caller is called \`${value}\`, so this value matches nothing`,
      fix: 'write `cluster.local/ns/NAMESPACE/sa/ACCOUNT`, without `spiffe://`',
    };
  }
  return unknownNamespace(namespace, analysis) ?? unknownAccount({ account, namespace }, analysis);
}

function unknownNamespace(name: string, { resources }: Analysis): Checked {
  const named = resources.map(({ kind, metadata }) =>
    kind === 'Namespace' ? metadata.name : metadata.namespace,
  );
  // A policy may stand in a namespace before anything that runs there.
  const known = [...new Set([...SYSTEM_NAMESPACES, ...named.filter((one) => one !== '')])];
  if (known.includes(name)) return undefined;
  const message = `namespace \`${name}\` not found, so this value matches nobody`;
  return { code: 'M101-unknown-namespace', message, fix: didYouMean(name, known) };
}

function unknownAccount(key: { account: string; namespace: string }, analysis: Analysis): Checked {
  const { account: name, namespace } = key;
  const isThere =
    name === 'default' || GATEWAY.test(name) || analysis.get('ServiceAccount', { name, namespace });
  if (isThere) return undefined;
  const own = analysis.of('ServiceAccount').filter(({ metadata }) => metadata.namespace === namespace);
  return {
    code: 'M101-unknown-service-account',
    message: `ServiceAccount \`${name}\` not found in namespace \`${namespace}\`, so this value matches nobody`,
    fix: didYouMean(name, [...own.map(({ metadata }) => metadata.name), 'default']),
  };
}
