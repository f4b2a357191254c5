import { isHttp, type Protocol } from '#mesh/istiod/model/service.ts';
import { ownValue } from '#mesh/own-value.ts';

const BY_NAME: Readonly<Record<string, Protocol>> = {
  http: 'HTTP',
  http2: 'HTTP2',
  grpc: 'GRPC',
  https: 'HTTPS',
  tls: 'TLS',
  tcp: 'TCP',
  mongo: 'TCP',
  mysql: 'TCP',
  redis: 'TCP',
};

/** Values that Kubernetes defines for `appProtocol` beside the plain names. */
const BY_APP_PROTOCOL: Readonly<Record<string, Protocol>> = {
  'kubernetes.io/h2c': 'HTTP2',
  'kubernetes.io/ws': 'HTTP',
  'kubernetes.io/wss': 'HTTPS',
};

export interface PortNaming {
  readonly name?: string | undefined;
  readonly appProtocol?: string | undefined;
  /** A ServiceEntry's or Gateway's own `protocol`. */
  readonly protocol?: string | undefined;
  /** The port's number, which decides where nothing else does. */
  readonly port?: number | undefined;
}

/** SMTP, DNS, MySQL and MongoDB: ports that Istio takes for TCP, because their servers speak first. */
const WELL_KNOWN_TCP: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

/**
 * Explicit protocol selection: `appProtocol` or `protocol`, else the port's name, up to the first dash
 * (https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/). Undeclared ports are AUTO.
 */
export function selectProtocol({ name = '', appProtocol, protocol, port }: PortNaming): Protocol {
  const declared = (appProtocol ?? protocol ?? name).toLowerCase();
  const known = ownValue(BY_APP_PROTOCOL, declared) ?? (declared.startsWith('grpc-web') ? 'HTTP' : undefined);
  const byPrefix = known ?? ownValue(BY_NAME, declared.split('-')[0] ?? '');
  return byPrefix ?? (WELL_KNOWN_TCP.has(port ?? 0) ? 'TCP' : 'AUTO');
}

/** Which of a VirtualService's rules are about ports of a protocol. */
export type RuleKind = 'http' | 'tls' | 'tcp';

/** Rules for `tls` are about ports that announce TLS, those for `tcp` about all others; a port that is sniffed follows two kinds. */
export function ruleKindsOf(protocol: Protocol): readonly RuleKind[] {
  if (isHttp(protocol)) return ['http'];
  if (protocol === 'AUTO') return ['http', 'tcp'];
  return protocol === 'TLS' || protocol === 'HTTPS' ? ['tls'] : ['tcp'];
}
