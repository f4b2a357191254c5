import { nodePortsOf } from '#mesh/istiod/config/build/node-ports.ts';
import type { TcpService } from '#mesh/istiod/config/build/tcp-services.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { isKubernetesService } from '#mesh/istiod/model/host-names.ts';
import type { KubeProxy } from '#mesh/istiod/model/mesh.ts';
import type { TcpPorts as PortsByService } from '#mesh/istiod/model/pod.ts';
import { type Ports, TcpPorts } from '#mesh/kubelet/ports/ports.ts';
import { PlainCallers } from '#mesh/kubelet/proxy/plain-callers.ts';

const kubeProxyOwner = 'kube-proxy';

/** The ports of the Envoy that plays kube-proxy, which exists only when something needs it. */
export class KubeProxyPorts {
  readonly #ports: Ports;
  readonly #callers = new PlainCallers();
  /** Where the pods of a namespace ask. */
  readonly #entrances = new Map<string, Promise<number>>();
  /** Where Envoy takes that. */
  readonly #outbound = new Map<string, number>();
  readonly #nodePorts: Record<number, number> = {};
  readonly #tcp: TcpPorts;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#tcp = new TcpPorts(ports);
  }

  /** The HTTP proxy for the pods of a namespace. */
  outboundPort(namespace: string): Promise<number> {
    const entrance = this.#entrances.get(namespace) ?? this.#openEntrance(namespace);
    this.#entrances.set(namespace, entrance);
    return entrance;
  }

  async #openEntrance(namespace: string): Promise<number> {
    const [port, envoyPort] = [await this.#ports.lease(), await this.#ports.lease()];
    await this.#callers.open(port, envoyPort);
    this.#outbound.set(namespace, envoyPort);
    return port;
  }

  close(): void {
    this.#callers.close();
  }

  /** For the connections of pods without sidecar, once there are any. Kubernetes' own services only: DNS knows the others. */
  async openTcp(services: readonly TcpService[]): Promise<PortsByService> {
    if (this.#outbound.size === 0) return {};
    return this.#tcp.open(
      kubeProxyOwner,
      services.filter(({ service }) => isKubernetesService(service)),
    );
  }

  async openNodePorts(resources: readonly Resource[]): Promise<void> {
    for (const port of nodePortsOf(resources).values()) {
      this.#nodePorts[port] ??= await this.#ports.leaseFrom(port);
    }
  }

  /** As the model sees it, or undefined when nothing needs it yet. */
  get model(): KubeProxy | undefined {
    const isNeeded = this.#outbound.size > 0 || Object.keys(this.#nodePorts).length > 0;
    return isNeeded
      ? {
          outboundPorts: Object.fromEntries(this.#outbound),
          nodePorts: { ...this.#nodePorts },
          tcpPorts: this.#tcp.of(kubeProxyOwner),
        }
      : undefined;
  }
}
