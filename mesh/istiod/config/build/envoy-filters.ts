import { selects } from '#mesh/istiod/config/build/input.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import { ofKind, type Resource, type ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { patchedMessages } from '#mesh/istiod/config/validation/envoy-filter.ts';
import { readMessage } from '#mesh/istiod/messages/json-messages.ts';
import type { EnvoyPatch, ListenerMatch, RoutesMatch } from '#mesh/istiod/model/envoy-patch.ts';
import { istioVersion } from '#mesh/istiod/model/mesh.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import { once } from '#mesh/once.ts';
import { ownValue } from '#mesh/own-value.ts';

type EnvoyFilter = ResourceOf<'EnvoyFilter'>;
type ConfigPatch = EnvoyFilter['spec']['configPatches'][number];
type Match = NonNullable<ConfigPatch['match']>;

interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * The patches for a workload, in the order in which they hold: by priority, those of the root namespace before its own, the
 * older EnvoyFilter first (https://istio.io/latest/docs/reference/config/networking/envoy-filter/).
 */
export function patchesFor(workload: Workload, resources: readonly Resource[]): readonly EnvoyPatch[] {
  return inOrder(resources)
    .filter(({ metadata, spec }) => {
      const isOwn = metadata.namespace === workload.namespace || metadata.namespace === ROOT_NAMESPACE;
      return isOwn && selects(spec.workloadSelector?.labels ?? {}, workload.labels);
    })
    .flatMap(({ spec }) => spec.configPatches.filter((one) => isForProxy(one, workload)).flatMap(toPatch));
}

const inOrder = once((resources: readonly Resource[]): readonly EnvoyFilter[] =>
  [...ofKind(resources, 'EnvoyFilter')].sort(
    (one, other) => one.spec.priority - other.spec.priority || rank(one) - rank(other),
  ),
);

function rank({ metadata }: EnvoyFilter): number {
  return metadata.namespace === ROOT_NAMESPACE ? 0 : 1;
}

/** Of a proxy's metadata those that users ask for. */
function isForProxy({ match }: ConfigPatch, { name, namespace }: Workload): boolean {
  const { proxyVersion = '', metadata = {} } = match?.proxy ?? {};
  const own = { ISTIO_VERSION: istioVersion, NAME: name, NAMESPACE: namespace, CLUSTER_ID: 'Kubernetes' };
  return (
    new RegExp(proxyVersion).test(istioVersion) &&
    Object.entries(metadata).every(([key, value]) => ownValue(own, key) === value)
  );
}

const toPatch = once(({ applyTo, match, patch }: ConfigPatch): readonly EnvoyPatch[] => {
  const type = patchedMessages.get(applyTo);
  const { operation = 'INVALID', value = {} } = patch ?? {};
  if (type === undefined || operation === 'INVALID') return [];
  const { listener, routeConfiguration: routes, cluster } = match ?? {};
  return [
    {
      applyTo: applyTo as EnvoyPatch['applyTo'],
      operation,
      context: match?.context ?? 'ANY',
      value: readMessage(type, value).value as EnvoyPatch['value'],
      ...(listener && { listener: toListenerMatch(listener) }),
      ...(routes && { routes: toRoutesMatch(routes) }),
      ...(cluster && { cluster: given({ ...cluster, portNumber: undefined, port: cluster.portNumber }) }),
    },
  ];
});

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what says nothing: empty names and port 0 match everything. */
function given<T extends object>(match: T): Given<T> {
  const said = Object.entries(match).filter(
    ([, value]) => value !== undefined && value !== '' && value !== 0,
  );
  return Object.fromEntries(said) as Given<T>;
}

function toListenerMatch({ filterChain, ...rest }: NonNullable<Match['listener']>): ListenerMatch {
  const { filter, applicationProtocols, ...chain } = filterChain ?? {};
  return {
    ...given({ name: rest.name, port: rest.portNumber, listenerFilter: rest.listenerFilter }),
    ...(filterChain && {
      chain: {
        ...given(chain),
        ...(applicationProtocols && { applicationProtocols: applicationProtocols.split(',') }),
        ...given({ filter: filter?.name, subFilter: filter?.subFilter?.name }),
      },
    }),
  };
}

function toRoutesMatch({ vhost, ...rest }: NonNullable<Match['routeConfiguration']>): RoutesMatch {
  const { route } = vhost ?? {};
  const { name, portName, gateway } = rest;
  return {
    ...given({ name, portName, gateway, port: rest.portNumber }),
    ...(vhost && {
      virtualHost: {
        ...given({ name: vhost.name, domain: vhost.domainName }),
        ...(route && {
          route: {
            ...given({ name: route.name }),
            ...(route.action !== 'ANY' && { action: route.action }),
          },
        }),
      },
    }),
  };
}
