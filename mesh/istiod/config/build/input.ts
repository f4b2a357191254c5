import type { ManualSlice } from '#mesh/istiod/config/build/manual-endpoints.ts';
import type { GatewayApiObjects } from '#mesh/istiod/config/gateway-api/objects.ts';
import type { Target } from '#mesh/istiod/config/schema/istio/workload-selector.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { type GatewayWorkload, gatewayNameLabel } from '#mesh/istiod/model/gateway.ts';
import type { OutboundPolicy, StandIn } from '#mesh/istiod/model/mesh.ts';
import type { Labels, Pod } from '#mesh/istiod/model/pod.ts';
import { ownValue } from '#mesh/own-value.ts';

/** The input of the model: the manifests, and where the runner has placed things on this machine. */
export interface BuildInput {
  readonly resources: readonly Resource[];
  readonly pods: readonly Pod[];
  readonly gateways: readonly GatewayPlacement[];
  readonly standIns: readonly StandIn[];
  /** What users have written down for Services without selector; absent: nothing. */
  readonly slices?: readonly ManualSlice[];
  /** Gateway API's objects; absent: there are none. */
  readonly gatewayApi?: GatewayApiObjects;
  readonly outboundPolicy: OutboundPolicy;
  /** Default `cluster.local`. */
  readonly trustDomain?: string;
}

/** A gateway's Envoy, before Gateway resources have said what it serves. */
export interface GatewayPlacement extends Omit<GatewayWorkload, 'servers'> {
  /** From the declared port (80) to the bound one (8080). A port that is missing here is not served. */
  readonly ports: Readonly<Record<number, number>>;
  /** The address of this machine that its ports are bound to; absent: 127.0.0.1. */
  readonly address?: string;
}

/** Whether every label of `selector` stands in `labels`. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => ownValue(labels, key) === value);
}

/** What says for which workloads a policy is. */
export interface Attachment {
  readonly selector?: { readonly matchLabels: Labels };
  readonly targetRef?: Target;
  readonly targetRefs?: readonly Target[];
}

/** What a policy is attached to; undefined: it has a selector, or is for all of its namespace. */
export function targetsOf({ targetRef, targetRefs = [] }: Attachment): readonly Target[] | undefined {
  if (targetRefs.length > 0) return targetRefs;
  return targetRef && [targetRef];
}

/** Whether a policy that is attached to targets is for a workload: for a Gateway's of the same namespace. */
export function isTarget(
  targets: readonly Target[],
  policyNamespace: string,
  { namespace, labels }: { readonly namespace: string; readonly labels: Labels },
): boolean {
  const name = ownValue(labels, gatewayNameLabel);
  return (
    policyNamespace === namespace &&
    targets.some(
      (target) =>
        target.group === 'gateway.networking.k8s.io' && target.kind === 'Gateway' && target.name === name,
    )
  );
}
