import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TcpService } from '#mesh/istiod/config/build/tcp-services.ts';
import { type TcpPorts as PortsByService, tcpPortKey } from '#mesh/istiod/model/pod.ts';
import { claimFile } from '#mesh/kubelet/state/claim-file.ts';
import {
  networkNamespace,
  privateDirectory,
  runtimeDirectory,
} from '#mesh/kubelet/state/private-directory.ts';

/**
 * Below the ephemeral ranges of Linux (32768–60999) and macOS (49152–65535), from which the kernel takes the local
 * ports of outgoing connections, and below Kubernetes' node ports (30000–32767), which are opened as declared.
 */
const first = 20_000;
const last = 29_999;

/** Loopback ports that no other mesh of this user has at the same time. */
export interface Ports {
  /** A free port. */
  lease(): Promise<number>;
  /** The port itself when it is free, else the next free one above it. */
  leaseFrom(wanted: number): Promise<number>;
  /** Whether the port itself was free; then it is leased. */
  leaseExactly(wanted: number): Promise<boolean>;
  release(port: number): void;
  /** Leases a loopback address with all of its ports; false if another mesh of this user has it. */
  leaseAddress(address: string): boolean;
  releaseAddress(address: string): void;
  releaseAll(): void;
}

export interface PortsOptions {
  /** Where the claims of all runners of this user are. */
  readonly directory?: string;
  /** Where the search begins; runners that begin at different ports seldom collide. */
  readonly start?: number;
}

/** Where the claims of this user's meshes are that share a network. */
function portClaims(): string {
  return join(privateDirectory(join(runtimeDirectory(), 'ports')), networkNamespace());
}

/** @throws UnsafeDirectoryError */
export function createPorts(options: PortsOptions = {}): Ports {
  const directory = privateDirectory(options.directory ?? portClaims());
  const leased = new Set<number>();
  const addresses = new Set<string>();
  let next = options.start ?? first + ((process.pid * 37) % (last - first));

  async function take(port: number): Promise<boolean> {
    if (leased.has(port) || !claimFile(join(directory, String(port)))) {
      return false;
    }
    leased.add(port);
    if (await isBindable(port)) {
      return true;
    }
    release(port);
    return false;
  }

  function release(port: number): void {
    if (leased.delete(port)) {
      rmSync(join(directory, String(port)), { force: true });
    }
  }

  function releaseAddress(address: string): void {
    if (addresses.delete(address)) rmSync(join(directory, address), { force: true });
  }

  return {
    async lease() {
      for (let tries = first; tries <= last; tries += 1) {
        next = next >= last ? first : next + 1;
        // Other leases move `next` on while this one waits.
        const port = next;
        if (await take(port)) {
          return port;
        }
      }
      throw new Error(`no free port between ${first} and ${last}`);
    },
    async leaseFrom(wanted) {
      for (let port = wanted; port <= 65_535; port += 1) {
        if (await take(port)) {
          return port;
        }
      }
      throw new Error(`no free port from ${wanted} on`);
    },
    leaseExactly: take,
    release,
    leaseAddress(address) {
      const isFree = !addresses.has(address) && claimFile(join(directory, address));
      if (isFree) addresses.add(address);
      return isFree;
    },
    releaseAddress,
    releaseAll() {
      [...leased].forEach(release);
      [...addresses].forEach(releaseAddress);
    },
  };
}

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

/**
 * Whether nobody listens at the port on this machine's loopback. Both families are tried because `localhost` may mean
 * either; a machine without IPv6 counts as free there.
 */
export async function isBindable(port: number): Promise<boolean> {
  return (await bind(port, '127.0.0.1')) && (await bind(port, '::1'));
}

function bind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
