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
export const BLACK_HOLE = 'BlackHoleCluster';
export const PASSTHROUGH = 'PassthroughCluster';
