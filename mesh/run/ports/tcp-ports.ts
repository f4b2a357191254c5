import type { TcpService } from '#mesh/model/build/tcp-services.ts';
import { type TcpPorts as PortsByService, tcpPortKey } from '#mesh/model/pod.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';

/**
 * Local ports for the services that carry connections: one for each of them and each proxy, because connections, unlike
 * requests, do not say where they want to go. A port that was given stays as long as its owner, whose program was
 * told of it, even when the service goes and comes back.
 */
export class TcpPorts {
  readonly #ports: Ports;
  readonly #owned = new Map<string, Record<string, number>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** What the owner has so far, by `host:port`. */
  of(owner: string): PortsByService {
    return { ...this.#owned.get(owner) };
  }

  async open(owner: string, services: readonly TcpService[]): Promise<PortsByService> {
    const owned = this.#owned.get(owner) ?? {};
    this.#owned.set(owner, owned);
    for (const { service, port } of services) {
      owned[tcpPortKey(service.host, port.number)] ??= await this.#ports.lease();
    }
    return { ...owned };
  }

  release(owner: string): void {
    for (const port of Object.values(this.of(owner))) {
      this.#ports.release(port);
    }
    this.#owned.delete(owner);
  }
}
