import type { Protocol } from '#mesh/model/service.ts';

const BY_NAME: Readonly<Record<string, Protocol>> = {
  http: 'HTTP',
  http2: 'HTTP2',
  grpc: 'GRPC',
  'grpc-web': 'HTTP',
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
};

export interface PortNaming {
  readonly name?: string | undefined;
  readonly appProtocol?: string | undefined;
  /** A ServiceEntry's or Gateway's own `protocol`. */
  readonly protocol?: string | undefined;
}

/**
 * Explicit protocol selection: `appProtocol`, else the port's name up to its first dash
 * (https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/). Istio sniffs undeclared
 * ports; on the laptop they carry TCP.
 */
export function selectProtocol({ name = '', appProtocol, protocol }: PortNaming): Protocol {
  const declared = (appProtocol ?? protocol)?.toLowerCase();
  if (declared !== undefined) {
    const known = BY_APP_PROTOCOL[declared] ?? BY_NAME[declared];
    if (known) return known;
  }
  const lower = name.toLowerCase();
  return (
    BY_NAME[lower] ?? (lower.startsWith('grpc-web-') ? 'HTTP' : (BY_NAME[lower.split('-')[0] ?? ''] ?? 'TCP'))
  );
}

/** Whether requests on such a port are routed one by one (RDS), not as connections. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC';
}

/** Which of a VirtualService's rules are about ports of a protocol. */
export type RuleKind = 'http' | 'tls' | 'tcp';

/** Rules for `tls` are about ports that announce TLS, those for `tcp` about all others that are no HTTP. */
export function ruleKindOf(protocol: Protocol): RuleKind {
  if (isHttp(protocol)) return 'http';
  return protocol === 'TLS' || protocol === 'HTTPS' ? 'tls' : 'tcp';
}
