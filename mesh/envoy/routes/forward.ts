import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { nonEmpty, present } from '#mesh/envoy/json.ts';
import { clusterName } from '#mesh/envoy/names.ts';
import { receiving } from '#mesh/envoy/receiving.ts';
import { hashPolicies } from '#mesh/envoy/routes/hash-policy.ts';
import { headerOperations, hostSetBy } from '#mesh/envoy/routes/header-operations.ts';
import { mirrorPolicy } from '#mesh/envoy/routes/mirror.ts';
import { retryPolicy } from '#mesh/envoy/routes/retry.ts';
import { rewrites } from '#mesh/envoy/routes/rewrite.ts';
import type { Scope } from '#mesh/envoy/scope.ts';
import type { Forward, RetryPolicy, Route, WeightedDestination } from '#mesh/model/route.ts';

/** An Envoy RouteAction: where a request goes, how long it may take and how often it is tried. */
export function routeAction(route: Route & { readonly action: Forward }, scope: Scope): JsonObject {
  const { action, match } = route;
  const destinations = receiving(action.destinations);
  const hashes = hashPolicies(destinations, scope);
  return present({
    ...rewrites(action, match),
    ...target(destinations),
    // Alone: Istio also sets max_grpc_timeout, which is deprecated, and with its successor Envoy ignores this one.
    timeout: seconds(action.timeout),
    retry_policy: retryPolicy(stickyRetries(action.retries, hashes.length > 0 && isRuled(route))),
    hash_policy: nonEmpty(hashes),
    request_mirror_policies: nonEmpty(action.mirrors.map(mirrorPolicy)),
  });
}

/** Header operations of a sole destination are the route's, because it is no weighted cluster. */
export function soleDestination({ destinations }: Forward): WeightedDestination | undefined {
  const [first, second] = receiving(destinations);
  return second ? undefined : first;
}

/** Where an Envoy RouteAction leads. */
export function target(destinations: readonly WeightedDestination[]): JsonObject {
  const [first, second] = destinations;
  if (first && !second) {
    return present({ cluster: outbound(first), host_rewrite_literal: hostSetBy(first.headers) });
  }
  return { weighted_clusters: { clusters: destinations.map(weightedCluster) } };
}

function weightedCluster(destination: WeightedDestination): JsonObject {
  return present({
    name: outbound(destination),
    weight: destination.weight,
    host_rewrite_literal: hostSetBy(destination.headers),
    ...headerOperations(destination.headers),
  });
}

function outbound({ host, port, subset }: WeightedDestination): string {
  return clusterName({ direction: 'outbound', port, host, ...(subset && { subset }) });
}

/** A hash always finds the same host, so that a retry elsewhere would only exhaust its draws. */
function stickyRetries(retries: RetryPolicy, sticky: boolean): RetryPolicy {
  return sticky ? { ...retries, retryIgnorePreviousHosts: false } : retries;
}

function isRuled({ origin }: Route): boolean {
  return origin.kind === 'VirtualService';
}
