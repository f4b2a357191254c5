import type { GatewayWorkload } from '#mesh/model/gateway.ts';
import type { OutboundPolicy, StandIn } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';
import type { Resource } from '#mesh/schema/resource.ts';

/** What the model is built from: the manifests, and where the runner has placed things on this machine. */
export interface BuildInput {
  readonly resources: readonly Resource[];
  readonly pods: readonly Pod[];
  readonly gateways: readonly GatewayPlacement[];
  readonly standIns: readonly StandIn[];
  readonly outboundPolicy: OutboundPolicy;
  /** Default `cluster.local`. */
  readonly trustDomain?: string;
}

/** A gateway's Envoy, before Gateway resources have said what it serves. */
export interface GatewayPlacement extends Omit<GatewayWorkload, 'servers'> {
  /** From the declared port (80) to the bound one (8080). A port that is missing here is not served. */
  readonly ports: Readonly<Record<number, number>>;
}
