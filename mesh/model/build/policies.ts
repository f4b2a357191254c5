import { authorizationRule } from '#mesh/model/build/authorization-rules.ts';
import { selects } from '#mesh/model/build/endpoints.ts';
import { tokenRule } from '#mesh/model/build/token-rules.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { AuthorizationPolicy, WorkloadPolicies } from '#mesh/model/policy.ts';
import type { Resource, ResourceOf } from '#mesh/schema/resource.ts';

/** A policy here holds for the pods of every namespace (Istio's meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';
const DRY_RUN = 'istio.io/dry-run';

interface Workload {
  readonly namespace: string;
  readonly labels: Labels;
}

/** All policies of the mesh, the namespace and the workload hold together; none replaces another. */
export function policiesOf(workload: Workload, resources: readonly Resource[]): WorkloadPolicies {
  const holds = (policy: Scoped) => isFor(policy, workload);
  return {
    authorization: resources
      .filter((resource) => resource.kind === 'AuthorizationPolicy')
      .filter(holds)
      .flatMap(toPolicy),
    tokens: resources
      .filter((resource) => resource.kind === 'RequestAuthentication')
      .filter(holds)
      .flatMap(({ spec }) => spec.jwtRules.map(tokenRule))
      .sort((a, b) => (a.issuer < b.issuer ? -1 : Number(a.issuer > b.issuer))),
  };
}

type Scoped = ResourceOf<'AuthorizationPolicy' | 'RequestAuthentication'>;

function isFor({ metadata, spec }: Scoped, { namespace, labels }: Workload): boolean {
  // What names a Gateway of the Gateway API or a waypoint is for nothing that the laptop has.
  if ('targetRef' in spec || 'targetRefs' in spec) return false;
  if (metadata.namespace !== namespace && metadata.namespace !== ROOT_NAMESPACE) return false;
  return selects(spec.selector?.matchLabels ?? {}, labels);
}

function toPolicy(policy: ResourceOf<'AuthorizationPolicy'>): AuthorizationPolicy[] {
  const { metadata, spec, document } = policy;
  const { action, rules } = spec;
  if (action === 'CUSTOM') return [];
  return [
    {
      name: metadata.name,
      namespace: metadata.namespace,
      action,
      dryRun: metadata.annotations[DRY_RUN] === 'true',
      rules: rules.map((rule, index) => ({
        ...authorizationRule(rule, metadata.namespace),
        position: document.at(['spec', 'rules', index]),
      })),
      position: document.at(['metadata', 'name']),
    },
  ];
}
