import type { KubeProxy } from '#mesh/model/mesh.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';
import { ofKind, type Resource } from '#mesh/schema/resource.ts';

/** The ports of the Envoy that plays kube-proxy, which exists only when something needs it. */
export class KubeProxyPorts {
  readonly #ports: Ports;
  #adminPort: number | undefined;
  readonly #outbound: Record<string, number> = {};
  readonly #nodePorts: Record<number, number> = {};

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The HTTP proxy for the pods of a namespace. */
  async outboundPort(namespace: string): Promise<number> {
    this.#adminPort ??= await this.#ports.lease();
    const port = this.#outbound[namespace] ?? (await this.#ports.lease());
    this.#outbound[namespace] = port;
    return port;
  }

  async openNodePorts(resources: readonly Resource[]): Promise<void> {
    const declared = ofKind(resources, 'Service').flatMap(({ spec }) =>
      spec.ports.flatMap((port) => port.nodePort ?? []),
    );
    for (const port of declared) {
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
        };
  }
}
