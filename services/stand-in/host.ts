import { createWriteStream, type WriteStream } from 'node:fs';
import { type OpenPort, openPort } from '#services/stand-in/open-port.ts';
import type { Part, PartPort, RoleFactory } from '#services/stand-in/part.ts';
import { echo } from '#services/stand-in/roles/echo.ts';
import { extAuthz } from '#services/stand-in/roles/ext-authz.ts';
import { fakeService } from '#services/stand-in/roles/fake-service.ts';
import { httpEcho } from '#services/stand-in/roles/http-echo.ts';
import { mongodb } from '#services/stand-in/roles/mongodb.ts';
import { podinfo } from '#services/stand-in/roles/podinfo.ts';
import { httpd, nginx } from '#services/stand-in/roles/static-server.ts';

/** The kubelet's orders. */
export type Order =
  | { readonly type: 'play'; readonly part: Part }
  | { readonly type: 'end'; readonly id: number; readonly signal: 'SIGTERM' | 'SIGKILL' };

/** What the kubelet hears: how a part ended. */
export interface Ended {
  readonly type: 'ended';
  readonly id: number;
  readonly code: number | null;
  readonly signal: 'SIGTERM' | 'SIGKILL' | null;
}

/** How long a container keeps answering after the order to end, until load balancers have learnt of it. Milliseconds. */
const LINGER = 1_000;
const PATIENCE = 5_000;

interface Playing {
  readonly ports: readonly OpenPort[];
  readonly log: WriteStream;
  ending: boolean;
}

/** Plays containers, each with its own ports and log, within this one process. */
export class Host {
  readonly #parts = new Map<number, Playing>();
  readonly #tell: (message: Ended) => void;
  readonly #linger: number;

  constructor(tell: (message: Ended) => void, { linger = LINGER } = {}) {
    this.#tell = tell;
    this.#linger = linger;
  }

  async take(order: Order): Promise<void> {
    if (order.type === 'play') await this.#play(order.part);
    else await this.#end(order.id, order.signal);
  }

  async #play(part: Part): Promise<void> {
    const log = createWriteStream(part.log, { flags: 'a' });
    // A full disk under the log is no reason to end.
    log.on('error', () => {});
    const say = (line: string) => void log.write(`${line}\n`);
    const create = roles.get(part.role);
    if (!create) {
      say(`no role is called ${part.role}`);
      return this.#gone(part.id, { log, code: 78 });
    }
    const exit = (code: number) => void this.#exit(part.id, code);
    const role = create({ part, say, exit });
    const opened = await Promise.allSettled(part.ports.map((port) => openPort(port, role)));
    const ports = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed) {
      await Promise.all(ports.map((port) => port.close(0)));
      say(`cannot listen: ${failed.reason.message}`);
      return this.#gone(part.id, { log, code: 1 });
    }
    this.#parts.set(part.id, { ports, log, ending: false });
    say(`${part.role} plays ${part.image || 'a container without an image'}: ${listening(part.ports)}`);
  }

  async #end(id: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const playing = this.#parts.get(id);
    if (!playing) return;
    if (signal === 'SIGKILL') return this.#close(id, { patience: 0, code: null, signal });
    if (playing.ending) return;
    playing.ending = true;
    setTimeout(() => void this.#close(id, { patience: PATIENCE, code: 0 }), this.#linger);
  }

  /** As if the program had ended by itself. */
  #exit(id: number, code: number): Promise<void> {
    return this.#close(id, { patience: 0, code });
  }

  async #close(id: number, { patience, code, signal }: Closing): Promise<void> {
    const playing = this.#parts.get(id);
    if (!playing) return;
    if (patience === 0) this.#parts.delete(id);
    await Promise.all(playing.ports.map((port) => port.close(patience)));
    if (patience > 0 && !this.#parts.delete(id)) return;
    this.#gone(id, { log: playing.log, code, ...(signal && { signal }) });
  }

  #gone(id: number, { log, code, signal = null }: Gone): void {
    log.end(() => this.#tell({ type: 'ended', id, code, signal }));
    if (log.errored) this.#tell({ type: 'ended', id, code, signal });
  }
}

interface Closing {
  readonly patience: number;
  readonly code: number | null;
  readonly signal?: 'SIGKILL';
}

interface Gone {
  readonly log: WriteStream;
  readonly code: number | null;
  readonly signal?: 'SIGKILL' | null;
}

function listening(ports: readonly PartPort[]): string {
  if (ports.length === 0) return 'no port is declared, and no Service targets one';
  return ports.map(({ number, protocol }) => `${number} (${protocol})`).join(', ');
}

/** The roles in the shared process, by the names that mesh/kubelet/pods/images.yaml uses. */
const roles: ReadonlyMap<string, RoleFactory> = new Map([
  ['echo', echo],
  ['ext-authz', extAuthz],
  ['fake-service', fakeService],
  ['http-echo', httpEcho],
  ['mongodb', mongodb],
  ['podinfo', podinfo],
  ['nginx', nginx],
  ['httpd', httpd],
]);
