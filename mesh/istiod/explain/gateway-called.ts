import { type GatewayWorkload, gatewayName } from '#mesh/istiod/model/gateway.ts';

/** Gateways that people may mean, and where they look for a name without namespace first. */
interface Called {
  readonly gateways: readonly GatewayWorkload[];
  readonly namespace?: string;
}

/**
 * The gateway of a name: a pod's, a Deployment's, or that of the Gateway of Gateway API that it was made for; with its namespace or without.
 * Without a name it is the installed one, unless only others serve anything.
 */
export function gatewayCalled(wanted: string, { gateways, namespace }: Called): GatewayWorkload | undefined {
  if (wanted === '') return usualGateway(gateways);
  const found = gateways.filter((gateway) => namesOf(gateway).includes(wanted));
  return found.find((gateway) => gateway.namespace === namespace) ?? found[0];
}

function usualGateway(gateways: readonly GatewayWorkload[]): GatewayWorkload | undefined {
  const serving = gateways.filter(({ servers }) => servers.length > 0);
  const installed = (of: readonly GatewayWorkload[]) =>
    of.find(({ name, workload = name }) => workload === gatewayName);
  return installed(serving) ?? serving[0] ?? installed(gateways) ?? gateways[0];
}

/** The gateway that has this address of loopback for itself. */
export function gatewayAt(
  address: string,
  gateways: readonly GatewayWorkload[],
): GatewayWorkload | undefined {
  return gateways.find(({ servers }) => servers.some((server) => server.address === address));
}

function namesOf({ name, workload = name, namespace, madeFor }: GatewayWorkload): readonly string[] {
  const plain = [name, workload];
  const own = madeFor === undefined ? [] : [madeFor, madeFor.slice(madeFor.indexOf('/') + 1)];
  return [...plain, ...plain.map((one) => `${namespace}/${one}`), ...own];
}
