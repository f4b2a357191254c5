import { fractionalPercent, nonEmpty, seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { clusterName } from '#mesh/istiod/envoy/names.ts';
import { headerOperations, hostSetBy } from '#mesh/istiod/envoy/routes/header-operations.ts';
import { rewrites } from '#mesh/istiod/envoy/routes/rewrite.ts';
import { type Scope, trafficPolicyOf } from '#mesh/istiod/envoy/scope.ts';
import {
  type Destination,
  type Forward,
  isRuled,
  type Mirror,
  type RetryPolicy,
  type Route,
  type WeightedDestination,
} from '#mesh/istiod/model/route.ts';
import type { ConsistentHash } from '#mesh/istiod/model/traffic-policy.ts';

/** An Envoy RouteAction: where a request goes, how long it may take and how often it is tried. */
export function routeAction(route: Route & { readonly action: Forward }, scope: Scope): envoy.RouteAction {
  const { action, match } = route;
  const destinations = receiving(action.destinations);
  const hashes = hashPolicies(destinations, scope);
  return {
    ...target(action.destinations),
    // Afterwards: as in Istio, the authority that the rule names wins over that of its only destination.
    ...rewrites(action, match),
    cluster_not_found_response_code: action.unknownStatus && 'INTERNAL_SERVER_ERROR',
    // Alone: Istio also sets max_grpc_timeout, which is deprecated, and with its successor Envoy ignores this one.
    timeout: seconds(action.timeout),
    retry_policy: retryPolicy(stickyRetries(action.retries, hashes.length > 0 && isRuled(route.origin))),
    hash_policy: nonEmpty(hashes),
    request_mirror_policies: nonEmpty(action.mirrors.map(mirrorPolicy)),
  };
}

/**
 * Header operations of a single destination belong to the route, because there is no weighted cluster. As in Istio, it
 * counts what the rule names, not what gets requests.
 */
export function soleDestination({ destinations }: Forward): WeightedDestination | undefined {
  const [first, second] = destinations;
  return second ? undefined : first;
}

/** Where an Envoy RouteAction leads: to the only destination, or to those of several that get something. */
export function target(destinations: readonly WeightedDestination[]): envoy.RouteAction {
  const [first, second] = destinations;
  if (first && !second) {
    return { cluster: outbound(first), host_rewrite_literal: hostSetBy(first.headers) };
  }
  return { weighted_clusters: { clusters: receiving(destinations).map(weightedCluster) } };
}

function weightedCluster(destination: WeightedDestination): envoy.WeightedCluster {
  return {
    name: outbound(destination),
    weight: destination.weight,
    host_rewrite_literal: hostSetBy(destination.headers),
    ...headerOperations(destination.headers),
  };
}

function outbound({ host, port, subset }: WeightedDestination): string {
  return clusterName({ direction: 'outbound', port, host, ...(subset && { subset }) });
}

/** A hash always finds the same host, so that a retry elsewhere would only exhaust its draws. */
function stickyRetries(retries: RetryPolicy, sticky: boolean): RetryPolicy {
  return sticky ? { ...retries, retryIgnorePreviousHosts: false } : retries;
}

/** Destinations of weight 0 get nothing, and Envoy refuses a total of 0. */
export function receiving<T extends WeightedDestination>(destinations: readonly T[]): readonly T[] {
  const weighted = destinations.filter(({ weight }) => weight > 0);
  return weighted.length > 0 ? weighted : destinations.slice(0, 1);
}

/** A retry goes to a host that has not been tried yet, as far as five draws find one. */
const OTHER_HOST = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typed_config: typed('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
};

const OTHER_LOCALITY = {
  name: 'envoy.retry_priorities.previous_priorities',
  typed_config: typed('envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig', {
    update_frequency: 2,
  }),
};

const HOST_SELECTION_ATTEMPTS = '5';

/** Undefined when nothing is to be retried. */
export function retryPolicy(retries: RetryPolicy): envoy.RetryPolicy | undefined {
  if (retries.attempts === 0) {
    return undefined;
  }
  const { perTryTimeout, backoff } = retries;
  return {
    retry_on: retries.retryOn.join(','),
    num_retries: retries.attempts,
    retriable_status_codes: nonEmpty(retries.retriableStatusCodes),
    per_try_timeout: perTryTimeout === undefined ? undefined : seconds(perTryTimeout),
    retry_back_off: backoff === undefined ? undefined : { base_interval: seconds(backoff) },
    retry_host_predicate: retries.retryIgnorePreviousHosts ? [OTHER_HOST] : undefined,
    retry_priority: retries.retryRemoteLocalities ? OTHER_LOCALITY : undefined,
    host_selection_retry_max_attempts: HOST_SELECTION_ATTEMPTS,
  };
}

/** A copy whose answer nobody waits for. The mirrored request keeps its host, as in Istio. */
export function mirrorPolicy({ percentage, ...destination }: Mirror): envoy.MirrorPolicy {
  return {
    cluster: clusterName({ direction: 'outbound', ...destination }),
    runtime_fraction: { default_value: fractionalPercent(percentage) },
    trace_sampled: false,
    disable_shadow_host_suffix_append: true,
  };
}

/** What of a request decides its endpoint, from the destinations' DestinationRules. */
export function hashPolicies(destinations: readonly Destination[], { services }: Scope): envoy.HashPolicy[] {
  return destinations.flatMap(({ host, port, subset }) => {
    const servicePort = services.get(host)?.ports.find(({ number }) => number === port);
    const balancer = servicePort && trafficPolicyOf(servicePort, subset).loadBalancer;
    return balancer && 'consistentHash' in balancer ? [hashPolicy(balancer.consistentHash)] : [];
  });
}

function hashPolicy(hash: ConsistentHash): envoy.HashPolicy {
  if ('header' in hash) {
    return { header: { header_name: hash.header } };
  }
  if ('queryParameter' in hash) {
    return { query_parameter: { name: hash.queryParameter } };
  }
  if ('cookie' in hash) {
    const { name, path, ttl, attributes } = hash.cookie;
    return { cookie: { name, ttl: ttl === undefined ? undefined : seconds(ttl), path, attributes } };
  }
  return { connection_properties: { source_ip: true } };
}
