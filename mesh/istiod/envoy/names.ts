import { formatPosition, type Position } from '#mesh/diagnostic.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import type { Origin } from '#mesh/istiod/model/route.ts';

/** Names that users see in stats and logs: the same as Istio's. */
export interface ClusterKey {
  readonly direction: 'outbound' | 'inbound';
  readonly port: number;
  readonly subset?: string;
  readonly host?: string;
}

/** `outbound|80|prod|middleware.default.svc.cluster.local`, `inbound|3000||`. */
export function clusterName({ direction, port, subset = '', host = '' }: ClusterKey): string {
  return `${direction}|${port}|${subset}|${host}`;
}

/** The server name in mutual TLS: `outbound_.80_.prod_.middleware.default.svc.cluster.local`. */
export function mutualTlsServerName({ direction, port, subset = '', host = '' }: ClusterKey): string {
  return `${direction}_.${port}_.${subset}_.${host}`;
}

/** Istio ends its stat names with a semicolon, so that tag extraction finds the end of names that hold dots. */
export function statName(name: string): string {
  return `${name};`;
}

export const HTTP_PROXY = 'http_proxy';
export const HTTP_TUNNEL = 'http_tunnel';

/** The cluster by which tunnels to a port reach the listener that reads how they begin. */
export function sniffedTunnel(host: string, port: number): string {
  return `${HTTP_TUNNEL}|${port}||${host}`;
}

/** The header of a kube-proxy's answers in place of a pod that has given none. */
export const UNANSWERED = 'x-mesh101-unanswered';

export const BLACK_HOLE = 'BlackHoleCluster';
export const PASSTHROUGH = 'PassthroughCluster';

/** Istio's metadata namespace, and the project's own. */
export const ISTIO = 'istio';
export const MESH101 = 'mesh101';

export interface IstioObject {
  readonly kind: 'virtual-service' | 'destination-rule';
  readonly name: string;
  readonly namespace: string;
}

/** As Istio names what a resource comes from. */
export function configPath({ kind, name, namespace }: IstioObject): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/${name}`;
}

/** Says on generated resources which line of which file decided them, for people and for `mesh explain`. */
export function originMetadata(
  istio: JsonObject | undefined,
  position: Position,
  facts: JsonObject = {},
): envoy.Metadata {
  return {
    filter_metadata: { [ISTIO]: istio, [MESH101]: { origin: formatPosition(position), ...facts } },
  };
}

export function routeMetadata({ kind, name, namespace, position }: Origin): envoy.Metadata {
  const istio =
    kind === 'VirtualService'
      ? { config: configPath({ kind: 'virtual-service', name, namespace }) }
      : undefined;
  return originMetadata(istio, position);
}
