import {
  connectionAuthorization,
  httpAuthorization,
} from '#mesh/istiod/envoy/filters/external-authorization.ts';
import { jwtAuthn, keyClusters } from '#mesh/istiod/envoy/filters/jwt.ts';
import type { BoundPorts } from '#mesh/istiod/envoy/filters/rbac/operations.ts';
import { ACTIONS, httpRbac, networkRbac } from '#mesh/istiod/envoy/filters/rbac/rbac.ts';
import { TOKEN_FILTER } from '#mesh/istiod/envoy/filters/rbac/tokens.ts';
import type { Any } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import { xdsSource } from '#mesh/istiod/envoy/xds-source.ts';
import { NO_POLICIES, type WorkloadPolicies } from '#mesh/istiod/model/policy.ts';
import { ownValue } from '#mesh/own-value.ts';

const CHAIN = 'envoy.extensions.filters.http.filter_chain.v3.FilterChainConfig';
/** The one filter that holds the others. */
export const POLICIES = 'policies';

/**
 * The filter that carries out policies. It is always there and discovers the filters that it holds: a new policy then
 * changes no listener, and holds for the next request on a connection that was open before (docs/adr/0008).
 */
export const policyFilter: envoy.HttpFilter = {
  name: POLICIES,
  config_discovery: {
    config_source: xdsSource,
    type_urls: [`type.googleapis.com/${CHAIN}`],
  },
};

/**
 * What {@link policyFilter} discovers, by its name: the filters that have something to do, in Istio's order. What does an
 * external authorizer say, whose token is it, then what may the caller do.
 */
export function policyConfiguration(scope: Scope, ports: BoundPorts): Readonly<Record<string, Any>> {
  const { authorization: policies, tokens, external } = policiesOf(scope);
  const filters = [
    ...httpAuthorization(external, ports),
    ...filter(TOKEN_FILTER, jwtAuthn(tokens, scope)),
    ...ACTIONS.flatMap((action) => filter(rbacName(action), httpRbac({ action, policies, ports }))),
  ];
  // A chain has at least one filter; without a chain every request passes.
  return { [POLICIES]: typed(CHAIN, filters.length > 0 ? { default_filter_chain: { filters } } : {}) };
}

/** Filters of one chain must have different names, else the later one takes the place of the earlier one. */
const rbacName = (action: string) => `envoy.filters.http.rbac.${action.toLowerCase()}`;

function filter(name: string, configuration: Any | undefined): envoy.Extension[] {
  return configuration ? [{ name, typed_config: configuration }] : [];
}

/** The filters in front of a port that carries opaque TCP. */
export function connectionPolicies(scope: Scope, ports: BoundPorts): readonly envoy.NetworkFilter[] {
  const { authorization: policies, external } = policiesOf(scope);
  return [...connectionAuthorization(external, ports), ...networkRbac({ policies, ports })];
}

/** The clusters from which the keys of tokens come. */
export function policyClusters(scope: Scope): readonly envoy.Cluster[] {
  return keyClusters(policiesOf(scope).tokens, scope);
}

function policiesOf({ mesh, proxyName }: Scope): WorkloadPolicies {
  return ownValue(mesh.policies ?? {}, proxyName) ?? NO_POLICIES;
}
