import type { JsonObject } from '#mesh/envoy/config.ts';
import { jwtAuthn } from '#mesh/envoy/filters/jwt/jwt-authn.ts';
import { keyClusters } from '#mesh/envoy/filters/jwt/remote-keys.ts';
import type { BoundPorts } from '#mesh/envoy/filters/rbac/operations.ts';
import { ACTIONS, httpRbac, networkRbac } from '#mesh/envoy/filters/rbac/rbac.ts';

import { TOKEN_FILTER } from '#mesh/envoy/filters/rbac/tokens.ts';
import { typed } from '#mesh/envoy/json.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import { xdsSource } from '#mesh/envoy/xds/source.ts';
import { NO_POLICIES, type WorkloadPolicies } from '#mesh/model/policy.ts';

const CHAIN = 'envoy.extensions.filters.http.filter_chain.v3.FilterChainConfig';
/** The one filter that holds the others. */
const POLICIES = 'policies';

/**
 * The filter that carries out policies. It is always there and discovers the filters that it holds: a new policy then
 * changes no listener, and holds for the next request on a connection that was open before (docs/adr/0008).
 */
export const policyFilter: JsonObject = {
  name: POLICIES,
  config_discovery: {
    config_source: xdsSource,
    type_urls: [`type.googleapis.com/${CHAIN}`],
  },
};

/** For a route that nobody's policies are about. */
export const exemptFromPolicies: JsonObject = {
  [POLICIES]: typed('envoy.config.route.v3.FilterConfig', { disabled: true }),
};

/**
 * What {@link policyFilter} discovers, by its name: the filters that have something to do, in Istio's order. Whose token is
 * it, then what may the caller do.
 */
export function policyConfiguration(scope: Scope, ports: BoundPorts): Readonly<Record<string, JsonObject>> {
  const { authorization: policies, tokens } = policiesOf(scope);
  const filters = [
    ...filter(TOKEN_FILTER, jwtAuthn(tokens, scope)),
    ...ACTIONS.flatMap((action) => filter(rbacName(action), httpRbac({ action, policies, ports }))),
  ];
  // A chain has at least one filter; without a chain every request passes.
  return { [POLICIES]: typed(CHAIN, filters.length > 0 ? { default_filter_chain: { filters } } : {}) };
}

/** Filters of one chain must have different names, else the later one takes the place of the earlier one. */
const rbacName = (action: string) => `envoy.filters.http.rbac.${action.toLowerCase()}`;

function filter(name: string, configuration: JsonObject | undefined): JsonObject[] {
  return configuration ? [{ name, typed_config: configuration }] : [];
}

/** The filters in front of a port whose bytes nobody reads. */
export function connectionPolicies(scope: Scope, ports: BoundPorts): readonly JsonObject[] {
  return networkRbac({ policies: policiesOf(scope).authorization, ports });
}

/** The clusters from which the keys of tokens come. */
export function policyClusters(scope: Scope): readonly JsonObject[] {
  return keyClusters(policiesOf(scope).tokens, scope);
}

function policiesOf({ mesh, proxyName }: Scope): WorkloadPolicies {
  return mesh.policies?.[proxyName] ?? NO_POLICIES;
}
