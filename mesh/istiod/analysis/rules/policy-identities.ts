import { type PolicyValue, policyValues } from '#mesh/istiod/analysis/policy-fields.ts';
import { type Analysis, diagnose, type Problem, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { didYouMean } from '#mesh/nearest.ts';

/** In every mesh without being among the files: what an installation of Istio and Kubernetes brings along. */
const SYSTEM_NAMESPACES = ['default', 'istio-system', 'kube-system'];
const GATEWAY = /^istio-(in|e)gressgateway-service-account$/;

type Checked = Omit<Problem, 'severity'> | undefined;

/**
 * M101-unknown-namespace, M101-unknown-service-account: callers that cannot exist, so an ALLOW rule lets nobody
 * in and a DENY rule stops nobody, IST0101 where `namespaces` names them; M101-principal: a text that no certificate can hold.
 */
export const policyIdentities: Rule = (analysis) => {
  const known = { analysis, namespaces: namespacesOf(analysis) };
  return analysis.of('AuthorizationPolicy').flatMap((policy) =>
    policyValues(policy).flatMap((value) => {
      const problem = check(value, known, policy.metadata.namespace);
      return problem ? [diagnose(policy, value.path, { severity: 'warning', ...problem })] : [];
    }),
  );
};

interface Known {
  readonly analysis: Analysis;
  readonly namespaces: ReadonlySet<string>;
}

/** A policy may stand in a namespace before anything that runs there. */
function namespacesOf({ resources }: Analysis): ReadonlySet<string> {
  const named = resources.map(({ kind, metadata }) =>
    kind === 'Namespace' ? metadata.name : metadata.namespace,
  );
  return new Set([...SYSTEM_NAMESPACES, ...named.filter((one) => one !== '')]);
}

function check({ attribute, value, path }: PolicyValue, known: Known, own: string): Checked {
  // Istio says so of these alone, also of patterns.
  if (attribute === 'source.namespace' && path.includes('from')) return missingNamespace(value, known);
  if (value.includes('*')) return undefined;
  switch (attribute) {
    case 'source.namespace':
      return unknownNamespace(value, known);
    case 'source.principal':
      return principal(value, known);
    case 'source.serviceAccount': {
      const [account = '', namespace = own] = value.split('/').reverse();
      return unknownNamespace(namespace, known) ?? unknownAccount({ account, namespace }, known);
    }
    default:
      return undefined;
  }
}

function principal(value: string, known: Known): Checked {
  const [, namespace, account] = /^[^/:]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(value) ?? [];
  if (namespace === undefined || account === undefined) {
    return {
      code: 'M101-principal',
      message: `no caller has the identity \`${value}\`, so this value matches nothing`,
      fix: 'write `cluster.local/ns/NAMESPACE/sa/ACCOUNT`, without `spiffe://`',
    };
  }
  return unknownNamespace(namespace, known) ?? unknownAccount({ account, namespace }, known);
}

function unknownNamespace(name: string, { namespaces }: Known): Checked {
  if (namespaces.has(name)) return undefined;
  const message = `namespace \`${name}\` not found, so this value matches nobody`;
  return { code: 'M101-unknown-namespace', message, fix: didYouMean(name, namespaces) };
}

function missingNamespace(pattern: string, known: Known): Checked {
  const isThere = [...known.namespaces].some((name) => fits(name, pattern));
  const problem = isThere ? undefined : unknownNamespace(pattern, known);
  return problem && { ...problem, code: 'IST0101' };
}

/** `*`, `*suffix`, `prefix*`, or the name itself. */
function fits(name: string, pattern: string): boolean {
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function unknownAccount(key: { account: string; namespace: string }, { analysis }: Known): Checked {
  const { account: name, namespace } = key;
  const isThere =
    name === 'default' || GATEWAY.test(name) || analysis.get('ServiceAccount', { name, namespace });
  if (isThere) return undefined;
  const own = analysis.within('ServiceAccount', namespace);
  return {
    code: 'M101-unknown-service-account',
    message: `ServiceAccount \`${name}\` not found in namespace \`${namespace}\`, so this value matches nobody`,
    fix: didYouMean(name, [...own.map(({ metadata }) => metadata.name), 'default']),
  };
}
