import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { typeOf, writeStatus } from '#mesh/controllers/workload.ts';
import {
  gatewayLabels,
  gatewayName,
  gatewayNamespace,
  gatewayPodPort,
  movedPortSuffix,
} from '#mesh/istiod/model/gateway.ts';
import { installedPorts } from '#mesh/kubelet/ports/gateway-ports.ts';

const key = { namespace: gatewayNamespace, name: gatewayName };
/** What Kubernetes takes as the name of a Service's port; the suffix is ours. */
const PORT_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const isPortName = (name: string) => PORT_NAME.test(name) && !name.endsWith(movedPortSuffix);
/** Its ports are local ones, outside of the range that a cluster has for them. */
const options = { manager: 'mesh-gateway', trusted: true };

/** Keeps the gateway's Service: its ports are those that lead to it on this machine. */
export class GatewayServiceController implements Controller {
  readonly name = 'mesh-gateway';
  readonly #api: Api;
  readonly #ports: ReadonlyMap<number, number>;

  /** @param ports from ports of the Service to local ones, as they are at any time */
  constructor(api: Api, ports: ReadonlyMap<number, number>) {
    this.#api = api;
    this.#ports = ports;
  }

  /**
   * There from the namespace's first moment, so that its address can be asked for before any Gateway. A Gateway may have
   * opened a further port; by the time it is stored the Envoys serve it.
   */
  concerns({ resource, object }: StoreEvent): readonly string[] {
    const { name } = object.metadata;
    const own =
      (resource === 'services' && name === gatewayName) ||
      (resource === 'namespaces' && name === gatewayNamespace);
    return own || resource === 'gateways.networking.istio.io' ? [gatewayName] : [];
  }

  async sync(): Promise<undefined> {
    const api = this.#api;
    if (!api.store.get('namespaces', { name: gatewayNamespace })) return;
    const type = typeOf(api, 'services');
    const ports = gatewayServicePorts(this.#ports, this.#declaredNames());
    const before = api.store.get('services', key);
    if (!before) await this.#create(ports);
    else if (!isDeepStrictEqual(specOf(before)['ports'], ports)) {
      const change = (service: KubernetesObject) => ({ ...service, spec: { ...specOf(service), ports } });
      await api.update(type, key, change, options);
    }
    const status = { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } };
    const object = api.get(type, key);
    await writeStatus(api, { resource: 'services', object, status, manager: this.name });
  }

  /** The names that Gateways give their ports, the oldest Gateway's first. */
  #declaredNames(): Map<number, string> {
    const names = new Map<number, string>();
    for (const gateway of this.#api.store.list('gateways.networking.istio.io')) {
      const { servers = [] } = gateway['spec'] as { servers?: readonly { port: DeclaredPort }[] };
      for (const { port } of servers) if (!names.has(port.number)) names.set(port.number, port.name);
    }
    return names;
  }

  async #create(ports: readonly ServicePort[]): Promise<void> {
    const spec = { type: 'LoadBalancer', selector: gatewayLabels, ports };
    const metadata = { name: gatewayName, labels: gatewayLabels };
    const draft = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    await this.#api.create(typeOf(this.#api, 'services'), draft, { ...options, namespace: gatewayNamespace });
  }
}

function specOf(service: KubernetesObject): Readonly<Record<string, unknown>> {
  return service['spec'] as Readonly<Record<string, unknown>>;
}

interface DeclaredPort {
  readonly number: number;
  readonly name: string;
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** By name where the same port of the pod stands under its number already: istioctl takes a second one for a conflict. */
  readonly targetPort: number | string;
  readonly nodePort: number;
  readonly protocol: 'TCP';
}

/**
 * The address of its status leads to what `port` says, as does the node's to `nodePort`, so that the commands of Istio's
 * documentation find the gateway: both are local. A well-known port that had to move is listed as well, after those.
 *
 * @param declaredNames the names that Gateways have for further ports; one that a Service cannot have gives way to `port-3001`
 */
export function gatewayServicePorts(
  ports: ReadonlyMap<number, number>,
  declaredNames: ReadonlyMap<number, string> = new Map(),
): ServicePort[] {
  const installed = new Map(Object.entries(installedPorts).map(([name, port]) => [port, name]));
  const names = new Map(installed);
  for (const [port, name] of declaredNames)
    if (!names.has(port) && isPortName(name) && ![...names.values()].includes(name)) names.set(port, name);
  const all = [...ports].map(([declared, local]) => ({
    ...{ name: names.get(declared) ?? `port-${declared}`, declared, local },
    ...{ targetPort: gatewayPodPort(declared), nodePort: local, protocol: 'TCP' as const },
  }));
  const taken = new Set(ports.values());
  return [
    ...all.map(({ declared: _, local, ...rest }) => ({ ...rest, port: local })),
    ...all
      .filter(({ declared }) => !taken.has(declared))
      .map(({ declared, local: _, ...rest }) => ({
        ...rest,
        name: `${rest.name}${movedPortSuffix}`,
        port: declared,
        targetPort: installed.get(declared) ?? rest.targetPort,
      })),
  ];
}
