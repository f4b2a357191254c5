import { policyValues } from '#mesh/analyze/policy-fields.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';

const LOOPBACK = /^(127\.|0\.0\.0\.0\/0$|::)/;

/** M101-laptop-address: addresses of a cluster, where on a laptop every connection comes from 127.0.0.1. */
export const policyAddresses: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const [first] = policyValues(policy).filter(
      ({ attribute, value }) => ['source.ip', 'destination.ip'].includes(attribute) && !LOOPBACK.test(value),
    );
    if (!first) return [];
    return [
      diagnose(policy, first.path, {
        severity: 'warning',
        code: 'M101-laptop-address',
        message: `on the laptop every connection comes from and goes to 127.0.0.1, never ${first.value}`,
        fix: 'try the policy with accounts or namespaces, or on a cluster',
      }),
    ];
  });
