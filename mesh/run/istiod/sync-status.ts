import { nodeId, nodeMetadata } from '#mesh/istiod/envoy/bootstrap.ts';
import { clusterId, istioVersion } from '#mesh/istiod/model/mesh.ts';
import { type Kind, kinds, messageTypes } from '#mesh/istiod/xds/resources.ts';
import type { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';

type SyncState = 'SYNCED' | 'STALE' | 'NOT_SENT';

/** How far an Envoy is with one type of resource. */
export interface TypeStatus {
  readonly typeUrl: string;
  readonly status: SyncState;
  /** The newest version that was offered. */
  readonly sent: string;
  /** The newest version that is in use; empty while an offer is open. */
  readonly acked: string;
  readonly names: readonly string[];
}

export interface SyncStatus {
  readonly type: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastSent: Date;
  readonly types: readonly TypeStatus[];
}

/** What each Envoy was sent, and whether it has acknowledged it. */
export function syncStatuses(proxies: readonly ProxyProcess[]): readonly SyncStatus[] {
  return proxies.map(syncStatus);
}

function syncStatus(process: ProxyProcess): SyncStatus {
  const { proxy, name, offered, offeredAt, pending } = process;
  const id = nodeId(proxy);
  return {
    ...{ name, lastSent: offeredAt },
    type: id.slice(0, id.indexOf('~')),
    metadata: nodeMetadata(proxy) as Record<string, string>,
    types: kinds.flatMap((kind) => {
      const resources = [...offered].filter(([resource]) => resource.startsWith(`${kind}/`));
      return resources.length > 0 ? [typeStatus(kind, resources, new Set(pending))] : [];
    }),
  };
}

function typeStatus(
  kind: Kind,
  resources: readonly (readonly [string, string])[],
  pending: ReadonlySet<string>,
): TypeStatus {
  const sent = newest(resources.map(([, version]) => version));
  const isStale = resources.some(([resource]) => pending.has(resource));
  return {
    typeUrl: `type.googleapis.com/${messageTypes[kind]}`,
    ...{ sent, acked: isStale ? '' : sent, status: isStale ? 'STALE' : 'SYNCED' },
    names: resources.map(([resource]) => resource.slice(resource.indexOf('/') + 1)),
  };
}

/** Versions count the publications. */
function newest(versions: readonly string[]): string {
  return versions.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1) ?? '';
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ['type.googleapis.com/envoy.config.cluster.v3.Cluster', 'cluster'],
  ['type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', 'endpoint'],
  ['type.googleapis.com/envoy.config.listener.v3.Listener', 'listener'],
  ['type.googleapis.com/envoy.config.route.v3.RouteConfiguration', 'route'],
  ['type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig', 'extensionconfig'],
]);

/** One row of `/debug/syncz`, with the names that Istio's has. */
export function syncRow(status: SyncStatus): Readonly<Record<string, string>> {
  const versions = status.types.flatMap(({ typeUrl, sent, acked }) => {
    const prefix = prefixes.get(typeUrl);
    return [[`${prefix}_sent`, sent], ...(acked === '' ? [] : [[`${prefix}_acked`, acked]])];
  });
  return {
    cluster_id: clusterId,
    proxy: status.name,
    proxy_type: status.type,
    istio_version: istioVersion,
    ...(Object.fromEntries(versions) as Record<string, string>),
  };
}
