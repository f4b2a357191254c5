import { createServer } from 'node:net';
import { selects } from '#mesh/istiod/config/build/input.ts';
import { gatewayLabels, gatewayNameLabel, gatewayPodPort } from '#mesh/istiod/model/gateway.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';

/** Where the Envoy of a Gateway is to listen. */
export interface GatewayPlace {
  readonly address: string;
  /** From a listener's port to the one that is bound. */
  readonly ports: ReadonlyMap<number, number>;
}

/** The Gateway of Gateway API that a pod was made for, as `namespace/name`. */
export function gatewayOfPod(pod: {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}): string | undefined {
  const name = pod.labels[gatewayNameLabel];
  return name === undefined ? undefined : `${pod.namespace}/${name}`;
}

/**
 * By what a gateway's pod has a place of its own: the Gateway of Gateway API that it was made for, or itself. Undefined for the
 * installed gateway, whose ports are the mesh's.
 */
export function placeOfPod(pod: {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}): string | undefined {
  const madeFor = gatewayOfPod(pod);
  if (madeFor !== undefined) return madeFor;
  return selects(gatewayLabels, pod.labels) ? undefined : `pod ${pod.namespace}/${pod.name}`;
}

interface Place {
  readonly address: string;
  readonly ports: Map<number, number>;
}

const shared = '127.0.0.1';

/**
 * A loopback address for each Gateway of Gateway API, so that each can have port 80. If the machine has only one such
 * address (macOS), Gateways share it and get different ports; if this user may not open ports below 1024, or another program has
 * one at every address, those move up.
 */
export class GatewayAddresses {
  readonly #ports: Ports;
  readonly #listenError: ListenError;
  readonly #places = new Map<string, Place>();

  /** @param tryToListen default: on this machine */
  constructor(ports: Ports, tryToListen: ListenError = listenError) {
    this.#ports = ports;
    this.#listenError = tryToListen;
  }

  /** Where a Gateway is, by `namespace/name`. */
  of(gateway: string): GatewayPlace | undefined {
    return this.#places.get(gateway);
  }

  /**
   * Finds the place of a Gateway with these ports. What was found stays while the Gateway does, and names no other address.
   *
   * @param wanted the addresses that the Gateway names; it gets another one where none of them can be had
   */
  async open(
    gateway: string,
    ports: readonly number[],
    wanted: readonly string[] = [],
  ): Promise<GatewayPlace> {
    const place = await this.#place(gateway, wanted);
    for (const port of ports)
      if (!place.ports.has(port)) place.ports.set(port, await this.#port(place, port, ports));
    return place;
  }

  /** Gives back the places of Gateways that no longer exist. */
  keep(gateways: ReadonlySet<string>): void {
    for (const [gateway, place] of this.#places) {
      if (gateways.has(gateway)) continue;
      this.#places.delete(gateway);
      this.#release(place);
    }
  }

  #release({ address, ports }: Place): void {
    if (address !== shared) this.#ports.releaseAddress(address);
    else for (const port of ports.values()) this.#ports.release(port);
  }

  async #place(gateway: string, wanted: readonly string[]): Promise<Place> {
    const known = this.#places.get(gateway);
    if (known && (wanted.length === 0 || wanted.includes(known.address))) return known;
    const named = await this.#firstFree(wanted);
    if (known && named === undefined) return known;
    if (known) this.#release(known);
    const place = { address: named ?? (await this.#address(gateway)), ports: new Map<number, number>() };
    this.#places.set(gateway, place);
    return place;
  }

  async #firstFree(addresses: readonly string[]): Promise<string | undefined> {
    for (const address of addresses) if (await this.#isFree(address)) return address;
    return undefined;
  }

  /** By a hash, so that a Gateway has the same address in each run, unless another has it. */
  async #address(gateway: string): Promise<string> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const address = addressOf(`${gateway}#${attempt}`);
      if ((await this.#listenError(address, 0)) === 'EADDRNOTAVAIL') return shared;
      if (this.#ports.leaseAddress(address)) return address;
    }
    return shared;
  }

  /** Whether an address of loopback can be a Gateway's alone from now on. */
  async #isFree(address: string): Promise<boolean> {
    if (!/^127(\.\d{1,3}){3}$/.test(address) || address === shared) return false;
    return (await this.#listenError(address, 0)) === undefined && this.#ports.leaseAddress(address);
  }

  /** The port itself where it can be had, else one above it that no other listener of the Gateway wants. */
  async #port({ address, ports: given }: Place, port: number, wanted: readonly number[]): Promise<number> {
    const moved = gatewayPodPort(port);
    const above = moved === port && port < 1024 ? port + 8000 : moved;
    if (address === shared) return this.#ports.leaseFrom(above);
    if ((await this.#listenError(address, port)) === undefined) return port;
    const taken = new Set([...wanted, ...given.values()]);
    for (let free = above; free <= 65_535; free += 1)
      if (!taken.has(free) && (await this.#listenError(address, free)) === undefined) return free;
    return port;
  }
}

/** 127.64.0.1 to 127.127.255.254: what people and other programs use by hand is mostly below. */
function addressOf(text: string): string {
  let hash = 2166136261; // FNV-1a
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return `127.${64 + (hash % 64)}.${(hash >>> 8) % 256}.${1 + ((hash >>> 16) % 254)}`;
}

/** Why this user cannot listen there, as Node's code of the error; undefined if it is possible. */
type ListenError = (host: string, port: number) => Promise<string | undefined>;

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
