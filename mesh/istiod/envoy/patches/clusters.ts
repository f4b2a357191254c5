import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { HTTP_TUNNEL } from '#mesh/istiod/envoy/names.ts';
import { isMerge, isObject, merged, mergedSocket, patchesOf } from '#mesh/istiod/envoy/patches/operation.ts';
import type { ClusterMatch, EnvoyPatch, PatchContext } from '#mesh/istiod/model/envoy-patch.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

export interface ClustersOptions {
  readonly patches: readonly EnvoyPatch[];
  readonly isGateway: boolean;
  /** By the pod's port the services that lead to it, which inbound clusters do not name. */
  readonly servicesAt: (podPort: number) => readonly Service[];
}

/** Clusters as users have patched them, and those that they have added. */
export function patchedClusters(
  clusters: readonly envoy.Cluster[],
  options: ClustersOptions,
): envoy.Cluster[] {
  const { patches, isGateway } = options;
  const contexts: readonly PatchContext[] = isGateway ? ['GATEWAY'] : ['SIDECAR_OUTBOUND', 'SIDECAR_INBOUND'];
  const added = patches.filter(({ applyTo, operation, context }) => {
    const fits = context === 'ANY' || contexts.includes(context);
    return applyTo === 'CLUSTER' && operation === 'ADD' && fits;
  });
  return [
    ...clusters.flatMap((cluster) => patched(cluster, options) ?? []),
    ...added.map(({ value }) => value as envoy.Cluster),
  ];
}

/** Undefined: removed. What only the laptop has is left alone. */
function patched(
  cluster: envoy.Cluster,
  { patches, isGateway, servicesAt }: ClustersOptions,
): envoy.Cluster | undefined {
  const name = cluster.name ?? '';
  if (name.startsWith(HTTP_TUNNEL)) return cluster;
  const key = keyOf(name, servicesAt);
  const context = isGateway
    ? 'GATEWAY'
    : name.startsWith('inbound|')
      ? 'SIDECAR_INBOUND'
      : 'SIDECAR_OUTBOUND';
  let result = cluster;
  for (const patch of patchesOf(patches, 'CLUSTER', context)) {
    if (!matches(key, patch.cluster ?? {})) continue;
    if (patch.operation === 'REMOVE') return undefined;
    if (isMerge(patch)) result = mergedCluster(result, patch);
  }
  return result;
}

interface Key {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly subset: string;
  readonly port: number;
}

/** `outbound|80|v1|reviews.default.svc.cluster.local`, `inbound|8080||`. */
function keyOf(name: string, servicesAt: ClustersOptions['servicesAt']): Key {
  const [direction, number = '', subset = '', host = ''] = name.split('|');
  const port = Number(number) || 0;
  const hosts = direction === 'inbound' ? servicesAt(port).map((one) => one.host) : [host];
  return { name, subset, port, hosts };
}

function matches(key: Key, { name, service, port, subset }: ClusterMatch): boolean {
  if (name !== undefined) return name === key.name;
  return (
    (subset === undefined || subset === key.subset) &&
    (service === undefined || key.hosts.includes(service)) &&
    (port === undefined || port === key.port)
  );
}

/** A patch with a transport socket is about nothing else, as in Istio. */
function mergedCluster(cluster: envoy.Cluster, patch: EnvoyPatch): envoy.Cluster {
  const socket = patch.value['transport_socket'];
  if (!isObject(socket)) return merged(CLUSTER, cluster, patch);
  const choices = cluster.transport_socket_matches ?? [];
  const at = choices.findIndex((one) => one.transport_socket?.name === socket['name']);
  const choice = choices[at];
  if (choice?.transport_socket) {
    const transport_socket = mergedSocket(choice.transport_socket, patch, socket);
    return { ...cluster, transport_socket_matches: choices.with(at, { ...choice, transport_socket }) };
  }
  // Envoy takes one or the other.
  if (choices.length > 0) return cluster;
  const { transport_socket: own = {} } = cluster;
  return { ...cluster, transport_socket: mergedSocket(own, patch, socket) };
}
