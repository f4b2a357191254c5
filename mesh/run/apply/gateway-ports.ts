import { declaredGatewayPorts } from '#mesh/model/build/gateways.ts';
import type { GatewayPlacement } from '#mesh/model/build/input.ts';
import { randomSuffix, templateHash } from '#mesh/run/pods/names.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';
import type { Resource } from '#mesh/schema/resource.ts';

/** Ports below 1024 need root, so the well-known ones move. */
const unprivileged: Readonly<Record<number, number>> = { 80: 8080, 443: 8443 };

export const gatewayName = 'istio-ingressgateway';
export const gatewayNamespace = 'istio-system';
export const gatewayLabels = { app: gatewayName, istio: 'ingressgateway' };
export const gatewayServiceAccount = `${gatewayName}-service-account`;

export interface GatewayPorts {
  /** The placement with a local port for each port that a Gateway declares. */
  place(resources: readonly Resource[]): Promise<GatewayPlacement>;
  readonly local: ReadonlyMap<number, number>;
}

export interface GatewayPortsOptions {
  readonly ports: Ports;
  readonly adminPort: number;
  /** GATEWAY_PORT: where port 80 is to be. */
  readonly wanted: number | undefined;
}

/** Finds local ports for the gateway. One that was found stays, so that URLs do not change while the mesh runs. */
export async function createGatewayPorts({
  ports,
  adminPort,
  wanted,
}: GatewayPortsOptions): Promise<GatewayPorts> {
  const hash = templateHash(gatewayName);
  const name = `${gatewayName}-${hash}-${randomSuffix()}`;
  const local = new Map<number, number>();

  async function open(port: number): Promise<void> {
    if (!local.has(port)) {
      const first = port === 80 && wanted !== undefined ? wanted : (unprivileged[port] ?? port);
      local.set(port, await ports.leaseFrom(first));
    }
  }

  // Port 80's address is shown before any Gateway declares it.
  await open(80);
  return {
    local,
    async place(resources) {
      for (const port of declaredGatewayPorts(gatewayLabels, { resources })) {
        await open(port);
      }
      return {
        name,
        workload: gatewayName,
        namespace: gatewayNamespace,
        labels: { ...gatewayLabels, 'pod-template-hash': hash },
        serviceAccount: gatewayServiceAccount,
        adminPort,
        ports: Object.fromEntries(local),
      };
    },
  };
}
