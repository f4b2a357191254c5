import { declaredGatewayPorts } from '#mesh/istiod/config/build/gateways.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { gatewayLabels, gatewayPodPort } from '#mesh/istiod/model/gateway.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import { isBindable, type Ports } from '#mesh/kubelet/ports/ports.ts';

/** What Istio's own gateway opens, by the names that its Service has for them. */
export const installedPorts = { http2: 80, https: 443, tcp: 31400 };

export interface GatewayPorts {
  /** Finds a local port for each port that a Gateway declares. */
  open(resources: readonly Resource[]): Promise<void>;
  /** From ports of the gateway's Service (80, also where a Gateway declares 8080) to local ones. */
  readonly local: ReadonlyMap<number, number>;
}

export interface GatewayPortsOptions {
  readonly ports: Ports;
  /** GATEWAY_PORT: where port 80 is to be. */
  readonly wanted: number | undefined;
  /** Whether a port of this machine is free. */
  readonly isFree?: (port: number) => Promise<boolean>;
}

/** Finds local ports for the gateway. One that was found stays, so that URLs do not change while the mesh runs. */
export async function createGatewayPorts({
  ports,
  wanted,
  isFree = isBindable,
}: GatewayPortsOptions): Promise<GatewayPorts> {
  const local = new Map<number, number>();
  const served = new Set<number>();

  async function lease(port: number): Promise<void> {
    // Ports below 1024 need root, so the well-known ones move to where they are in the gateway's pod.
    const first = port === 80 && wanted !== undefined ? wanted : gatewayPodPort(port);
    local.set(port, await ports.leaseFrom(first));
  }

  /** Nothing listens at a port before a Gateway declares it, so another program may have taken it in the meantime. */
  async function open(port: number): Promise<void> {
    const found = local.get(port);
    if (found === undefined || (!served.has(port) && !(await isFree(found)))) await lease(port);
    served.add(port);
  }

  // Their addresses can be asked for before any Gateway declares them.
  for (const port of Object.values(installedPorts)) await lease(port);
  return {
    local,
    async open(resources) {
      for (const port of declaredGatewayPorts(gatewayLabels, { resources })) await open(port);
    },
  };
}

/** The pods of the installed gateway have the ports of its Service. */
export function gatewayPodPorts(local: ReadonlyMap<number, number>): PodPort[] {
  return [...local].map(([port, bound]) => ({
    containerPort: gatewayPodPort(port),
    ...{ appPort: bound, inboundPort: bound },
  }));
}

/** The pods of a Gateway of Gateway API have the ports of its listeners. */
export function listenerPodPorts(ports: ReadonlyMap<number, number> = new Map()): PodPort[] {
  return [...ports].map(([containerPort, bound]) => ({
    containerPort,
    ...{ appPort: bound, inboundPort: bound },
  }));
}

/** GATEWAY_PORT is not a port. */
class GatewayPortError extends Error {
  override readonly name = 'GatewayPortError';
}

/** Where the gateway's port 80 is to be: the variable GATEWAY_PORT, or undefined for 8080. */
export function gatewayPortOf(env: NodeJS.ProcessEnv): number | undefined {
  const text = env['GATEWAY_PORT'];
  if (!text) {
    return undefined;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new GatewayPortError(`GATEWAY_PORT=${text} is not a port: give a number from 1 to 65535`);
  }
  return port;
}
