import { authorizationRule } from '#mesh/istiod/config/build/authorization-rules.ts';
import { externalAuthorization } from '#mesh/istiod/config/build/external-authorization.ts';
import { isTarget, selects, targetsOf } from '#mesh/istiod/config/build/input.ts';
import { meshConfigOf } from '#mesh/istiod/config/mesh-config.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import type { JwtRule } from '#mesh/istiod/config/schema/istio/request-authentication/request-authentication.ts';
import type { Resource, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import type { MtlsMode, PeerAuthentication } from '#mesh/istiod/model/mesh.ts';
import type { Labels, Pod } from '#mesh/istiod/model/pod.ts';
import type { AuthorizationPolicy, TokenRule, WorkloadPolicies } from '#mesh/istiod/model/policy.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import { once } from '#mesh/once.ts';

type Policy = ResourceOf<'PeerAuthentication'>;

/**
 * What a pod's sidecar demands of its callers: a policy for the workload wins over one for the namespace, that over one
 * for the mesh; UNSET inherits; PERMISSIVE by default
 * (https://istio.io/latest/docs/reference/config/security/peer_authentication/).
 */
export function peerAuthenticationOf(pod: Pod, resources: readonly Resource[]): PeerAuthentication {
  const policies = ofKind(resources, 'PeerAuthentication');
  const workload = policies.find(
    (policy) =>
      policy.metadata.namespace === pod.namespace &&
      Object.keys(matchLabels(policy)).length > 0 &&
      selects(matchLabels(policy), pod.labels),
  );
  return {
    mode: modeOf(workload) ?? namespaceMode(pod.namespace, resources),
    portLevel: Object.fromEntries(
      Object.entries(workload?.spec.portLevelMtls ?? {}).flatMap(([port, { mode }]) =>
        mode === 'UNSET' ? [] : [[port, mode]],
      ),
    ),
  };
}

const matchLabels = ({ spec }: Policy) => spec.selector?.matchLabels ?? {};

/** What a namespace demands of the callers of its workloads, where none of these says otherwise. */
export function namespaceMode(namespace: string, resources: readonly Resource[]): MtlsMode {
  const policies = namespacePolicies(resources);
  return modeOf(policies.get(namespace)) ?? modeOf(policies.get(ROOT_NAMESPACE)) ?? 'PERMISSIVE';
}

/** The oldest of each namespace that is for all of its workloads; every endpoint asks. */
const namespacePolicies = once((resources: readonly Resource[]): ReadonlyMap<string, Policy> => {
  const whole = ofKind(resources, 'PeerAuthentication').filter(
    (policy) => Object.keys(matchLabels(policy)).length === 0,
  );
  return new Map(whole.toReversed().map((policy) => [policy.metadata.namespace, policy]));
});

function modeOf(policy: Policy | undefined): MtlsMode | undefined {
  const mode = policy?.spec.mtls?.mode;
  return mode === 'UNSET' ? undefined : mode;
}

const DRY_RUN = 'istio.io/dry-run';

interface Workload {
  readonly namespace: string;
  readonly labels: Labels;
}

/** All policies of the mesh, the namespace and the workload hold together; none replaces another. */
export function policiesOf(
  workload: Workload,
  resources: readonly Resource[],
  services: readonly Service[] = [],
): WorkloadPolicies {
  const { extensionProviders: providers } = meshConfigOf(resources);
  const holds = (policy: Scoped) => isFor(policy, workload);
  const policies = ofKind(resources, 'AuthorizationPolicy').filter(holds);
  const external = externalAuthorization(policies, { providers, services });
  return {
    authorization: policies.flatMap(toPolicy),
    ...(external && { external }),
    tokens: ofKind(resources, 'RequestAuthentication')
      .filter(holds)
      .flatMap(({ spec }) => spec.jwtRules.map(tokenRule))
      .sort((a, b) => (a.issuer < b.issuer ? -1 : Number(a.issuer > b.issuer))),
  };
}

type Scoped = ResourceOf<'AuthorizationPolicy' | 'RequestAuthentication'>;

function isFor({ metadata, spec }: Scoped, workload: Workload): boolean {
  const { namespace, labels } = workload;
  const targets = targetsOf(spec);
  if (targets) return isTarget(targets, metadata.namespace, workload);
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
      // Go's words for true: the webhook lets no others in.
      dryRun: /^(1|t|true)$/i.test(metadata.annotations[DRY_RUN] ?? ''),
      rules: rules.map((rule, index) => ({
        ...authorizationRule(rule, metadata.namespace),
        position: document.at(['spec', 'rules', index]),
      })),
      position: document.at(['metadata', 'name']),
    },
  ];
}

/** Istio's default for RequestAuthentication's `timeout`, in milliseconds. */
const FETCH_TIMEOUT = 5000;
/** Istio takes these for lists with spaces between in every token (RFC 6749's `scope`). */
const ALWAYS_SPACE_DELIMITED = ['permission', 'scope'];

/**
 * A key that signs nothing. Istio looks for the keys of an issuer without `jwks` and `jwksUri` by OpenID discovery; where it
 * finds none, as at a URI that leads nowhere, it believes no token of that issuer.
 */
const NOBODYS_KEY = {
  kty: 'RSA',
  e: 'AQAB',
  n: 'u89uI3l8o-_u4OC6JAkYx-n606nTw-h0gb-29txd70tniRxgg6f9RlddDze1PnyMiI34Oq7J5Jl2_II9pYqzMXbZihmQkLKig20zzhZVa5KvXopFuQ8SKg7x1ytxJsNI3Db2zrOIwKJEH9IyayopZlT0drdknPc5rKRb3X43vPElHWvNbn1kg7vDadijbpcvn8OeCudBy-QU_ioNuXTOFzTyA-GPdJdqOkLSXPUBgR_FyIb-RUUi0EYzcaRmCIrDo0zGuz3lKR792_jP3GSGTJfGK5mBKn1DJeqKzkv8fTcLI1J283U-od12yAwhp65pOIcYBlD2XmsE4VvI1NHw9Q',
};

function keysOf({ jwks, jwksUri = '', timeout = FETCH_TIMEOUT }: JwtRule): TokenRule['keys'] {
  if (jwks) return { inline: jwks };
  if (URL.canParse(jwksUri)) return { uri: jwksUri, timeout };
  return { inline: JSON.stringify({ keys: [NOBODYS_KEY] }) };
}

function tokenRule(rule: JwtRule): TokenRule {
  const { outputPayloadToHeader } = rule;
  return {
    issuer: rule.issuer,
    audiences: rule.audiences,
    keys: keysOf(rule),
    headers: rule.fromHeaders,
    parameters: rule.fromParams,
    cookies: rule.fromCookies,
    ...(outputPayloadToHeader !== undefined && { payloadHeader: outputPayloadToHeader }),
    claimHeaders: rule.outputClaimToHeaders,
    forward: rule.forwardOriginalToken,
    spaceDelimitedClaims: [...new Set([...ALWAYS_SPACE_DELIMITED, ...rule.spaceDelimitedClaims])].sort(),
  };
}
