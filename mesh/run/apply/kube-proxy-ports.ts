import { isKubernetesService } from '#mesh/envoy/routes/domains.ts';
import { nodePortsOf } from '#mesh/model/build/node-ports.ts';
import type { TcpService } from '#mesh/model/build/tcp-services.ts';
import type { KubeProxy } from '#mesh/model/mesh.ts';
import type { TcpPorts as PortsByService } from '#mesh/model/pod.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';
import { TcpPorts } from '#mesh/run/ports/tcp-ports.ts';
import type { Resource } from '#mesh/schema/resource.ts';

const kubeProxyOwner = 'kube-proxy';

/** The ports of the Envoy that plays kube-proxy, which exists only when something needs it. */
export class KubeProxyPorts {
  readonly #ports: Ports;
  #adminPort: number | undefined;
  readonly #outbound: Record<string, number> = {};
  readonly #nodePorts: Record<number, number> = {};
  readonly #tcp: TcpPorts;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#tcp = new TcpPorts(ports);
  }

  /** The HTTP proxy for the pods of a namespace. */
  async outboundPort(namespace: string): Promise<number> {
    this.#adminPort ??= await this.#ports.lease();
    const port = this.#outbound[namespace] ?? (await this.#ports.lease());
    this.#outbound[namespace] = port;
    return port;
  }

  /** For the connections of pods without sidecar, once there are any. Kubernetes' own services only: DNS knows the others. */
  async openTcp(services: readonly TcpService[]): Promise<PortsByService> {
    if (Object.keys(this.#outbound).length === 0) return {};
    return this.#tcp.open(
      kubeProxyOwner,
      services.filter(({ service }) => isKubernetesService(service)),
    );
  }

  async openNodePorts(resources: readonly Resource[]): Promise<void> {
    for (const port of nodePortsOf(resources).values()) {
      this.#adminPort ??= await this.#ports.lease();
      this.#nodePorts[port] ??= await this.#ports.leaseFrom(port);
    }
  }

  /** As the model sees it, or undefined when nothing needs it yet. */
  get model(): KubeProxy | undefined {
    return this.#adminPort === undefined
      ? undefined
      : {
          adminPort: this.#adminPort,
          outboundPorts: { ...this.#outbound },
          nodePorts: { ...this.#nodePorts },
          tcpPorts: this.#tcp.of(kubeProxyOwner),
        };
  }
}
