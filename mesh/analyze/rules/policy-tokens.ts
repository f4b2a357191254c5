import { policyValues } from '#mesh/analyze/policy-fields.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';

const ROOT_NAMESPACE = 'istio-system';

/** M101-no-token-rule: a policy asks for tokens where no RequestAuthentication says whose are believed. */
export const policyTokens: Rule = (analysis) => {
  const namespaces = new Set(analysis.of('RequestAuthentication').map(({ metadata }) => metadata.namespace));
  if (namespaces.has(ROOT_NAMESPACE)) return [];
  return analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const [first] = policyValues(policy).filter(({ attribute }) => attribute.startsWith('request.auth.'));
    if (!first || namespaces.has(policy.metadata.namespace)) return [];
    return [
      diagnose(policy, first.path, {
        severity: 'warning',
        code: 'M101-no-token-rule',
        message: 'no RequestAuthentication is there, so no request has a token that counts',
        fix: 'add a RequestAuthentication with the issuer of the tokens to this namespace',
      }),
    ];
  });
};
