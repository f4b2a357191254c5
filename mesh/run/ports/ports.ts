import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isBindable } from '#mesh/run/ports/bindable.ts';
import { claimFile } from '#mesh/run/state/claim-file.ts';

/**
 * Below the ephemeral ranges of Linux (32768–60999) and macOS (49152–65535), from which the kernel takes the local
 * ports of outgoing connections, and below Kubernetes' node ports (30000–32767), which are opened as declared.
 */
const first = 20_000;
const last = 29_999;

/** Loopback ports that no other mesh of this user takes at the same time. */
export interface Ports {
  /** A free port. */
  lease(): Promise<number>;
  /** The port itself when it is free, else the next free one above it. */
  leaseFrom(wanted: number): Promise<number>;
  /** Whether the port itself was free; then it is leased. */
  leaseExactly(wanted: number): Promise<boolean>;
  release(port: number): void;
  releaseAll(): void;
}

export interface PortsOptions {
  /** Where the claims of all runners of this user are. */
  readonly directory?: string;
  /** Where the search begins; runners that begin apart seldom meet. */
  readonly start?: number;
}

export function createPorts(options: PortsOptions = {}): Ports {
  const directory = options.directory ?? join(tmpdir(), `mesh101-ports-${userInfo().uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const leased = new Set<number>();
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
    releaseAll: () => [...leased].forEach(release),
  };
}
