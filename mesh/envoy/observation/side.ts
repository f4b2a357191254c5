import type { InboundService } from '#mesh/envoy/listeners/inbound-service.ts';
import type { Observer } from '#mesh/envoy/observation/observer.ts';
import { DEFAULT_SIDE, type SideTelemetry } from '#mesh/model/telemetry.ts';

/** On which side of a connection a proxy stands: it makes it for its workload, or takes it for it. */
export type Side = { readonly kind: 'client' } | ServerSide;

export interface ServerSide {
  readonly kind: 'server';
  /** The service that led here, when one does. */
  readonly target: InboundService | undefined;
  readonly security: 'mutual_tls' | 'none';
}

export const CLIENT: Side = { kind: 'client' };

export function sideTelemetry(observer: Observer | undefined, side: Side): SideTelemetry {
  return observer?.telemetry[side.kind] ?? DEFAULT_SIDE;
}
