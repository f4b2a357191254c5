import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { readMessage } from '#mesh/istiod/messages/json-messages.ts';
import { re2Problem } from '#mesh/istiod/model/re2.ts';

const HTTP_CONNECTIONS = 'envoy.filters.network.http_connection_manager';
const EXPOSED =
  'EnvoyFilter exposes internal implementation details that may change at any time. Prefer other APIs if possible, and exercise extreme caution, especially around upgrades.';

/** The message that stands in a patch's `value`. */
export const patchedMessages: ReadonlyMap<string, string> = new Map([
  ['LISTENER', 'envoy.config.listener.v3.Listener'],
  ['LISTENER_FILTER', 'envoy.config.listener.v3.ListenerFilter'],
  ['FILTER_CHAIN', 'envoy.config.listener.v3.FilterChain'],
  ['NETWORK_FILTER', 'envoy.config.listener.v3.Filter'],
  ['HTTP_FILTER', 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'],
  ['ROUTE_CONFIGURATION', 'envoy.config.route.v3.RouteConfiguration'],
  ['VIRTUAL_HOST', 'envoy.config.route.v3.VirtualHost'],
  ['HTTP_ROUTE', 'envoy.config.route.v3.Route'],
  ['CLUSTER', 'envoy.config.cluster.v3.Cluster'],
]);

const listenerTargets = ['LISTENER', 'LISTENER_FILTER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER'];
const routeTargets = ['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE'];

/** What istiod's webhook says of an EnvoyFilter. */
export function* envoyFilter(spec: Field): Problems {
  yield spec.warned(EXPOSED, 'M101-internal-details');
  for (const [name, value] of spec.at('workloadSelector', 'labels').entries)
    if (name === '') yield value.refused(`empty key is not supported in selector: "=${value.text}"`);
    else if (`${name}${value.text}`.includes('*'))
      yield value.refused(`wildcard is not supported in selector: "${name}=${value.text}"`);
  for (const one of spec.at('configPatches').items) yield* checkPatch(one);
}

function* checkPatch(one: Field): Problems {
  const [target, patch] = [one.at('applyTo'), one.at('patch')];
  const operation = patch.at('operation').text || 'INVALID';
  if ((target.text || 'INVALID') === 'INVALID') {
    yield one.refused('Envoy filter: missing applyTo', 'say what is changed, such as `applyTo: HTTP_FILTER`');
  } else if (!patch.isSet) {
    yield one.refused('Envoy filter: missing patch');
  } else if (operation === 'INVALID') {
    yield patch.refused('Envoy filter: missing patch operation', 'such as `operation: MERGE`');
  } else if (operation !== 'REMOVE' && !patch.at('value').isSet) {
    yield patch.refused('Envoy filter: missing patch value for non-remove operation');
  } else {
    const mismatches = [...checkMatch(one.at('match'), target.text)];
    yield* mismatches;
    if (mismatches.length === 0 && operation !== 'REMOVE') yield* checkValue(patch.at('value'), target.text);
  }
}

function* checkMatch(match: Field, target: string): Problems {
  const version = match.at('proxy', 'proxyVersion');
  if (re2Problem(version.text) !== undefined)
    yield version.refused(`Envoy filter: invalid regex for proxy version, [${version.text}]`);
  const given = ['listener', 'routeConfiguration', 'cluster'].filter((name) => match.at(name).isSet);
  const misplaced = (own: string) => given.length > 0 && !given.includes(own);
  if (listenerTargets.includes(target)) {
    if (misplaced('listener'))
      yield match.refused('Envoy filter: applyTo for listener class objects cannot have non listener match');
    else yield* checkFilterMatch(match.at('listener', 'filterChain', 'filter'), target);
  } else if (routeTargets.includes(target) && misplaced('routeConfiguration')) {
    yield match.refused(
      'Envoy filter: applyTo for http route class objects cannot have non route configuration match',
    );
  } else if (target === 'CLUSTER' && misplaced('cluster')) {
    yield match.refused('Envoy filter: applyTo for cluster class objects cannot have non cluster match');
  }
}

function* checkFilterMatch(filter: Field, target: string): Problems {
  if (!filter.isSet) return;
  if (target === 'LISTENER' || target === 'FILTER_CHAIN')
    yield filter.warned(`Envoy filter: filter match has no effect when used with ${target}`);
  const [name, inner] = [filter.at('name').text, filter.at('subFilter')];
  if (name === '') {
    yield filter.refused('Envoy filter: filter match has no name to match on');
  } else if (inner.isSet) {
    if (target !== 'HTTP_FILTER')
      yield inner.refused('Envoy filter: subfilter match can be used with applyTo HTTP_FILTER only');
    else if (name !== HTTP_CONNECTIONS && name !== 'envoy.http_connection_manager')
      yield filter.refused(`Envoy filter: subfilter match requires filter match with ${HTTP_CONNECTIONS}`);
    else if (inner.at('name').text === '')
      yield inner.refused('Envoy filter: subfilter match has no name to match on');
  }
}

function* checkValue(value: Field, target: string): Problems {
  const type = patchedMessages.get(target);
  if (type === undefined) return;
  for (const { path, message, isKnownToIstio } of readMessage(type, value.value).slips) {
    const place = value.at(...path.map(String));
    yield isKnownToIstio
      ? place.warned(`Envoy filter: ${message}`)
      : place.refused(`Envoy filter: ${message}`);
  }
}
