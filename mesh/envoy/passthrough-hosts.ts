import type { Mesh, StandIn } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';

export interface PassthroughHost extends StandIn {
  /** Whether connections to it are used again; true by default. */
  readonly keepAlive?: boolean;
}

/**
 * What a proxy that passes unknown hosts through finds on this machine: stand-ins for the outside, and the pods by
 * their addresses. As in Istio, a pod's address is no host of the registry: requests for it are not routed, go in plain
 * text, and are blocked by REGISTRY_ONLY. Each takes a connection of its own, as that of a program would without a
 * proxy, so that STRICT holds for the next request.
 */
export function passthroughHosts({
  standIns,
  pods,
}: Pick<Mesh, 'standIns' | 'pods'>): readonly PassthroughHost[] {
  return [...standIns, ...pods.flatMap(podHosts)];
}

function podHosts({ address, ports }: Pod): PassthroughHost[] {
  if (address === undefined) return [];
  return ports.map(({ containerPort, inboundPort }) => ({
    host: address,
    port: containerPort,
    address: '127.0.0.1',
    localPort: inboundPort,
    keepAlive: false,
  }));
}
