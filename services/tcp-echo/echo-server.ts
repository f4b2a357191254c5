import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#platform/logging.ts';
import { PrefixedLines } from '#services/tcp-echo/prefixed-lines.ts';

/** While draining, milliseconds of silence after which a connection counts as done. */
const REST = 1_000;

interface Connection {
  readonly socket: Socket;
  readonly lines: PrefixedLines;
}

interface EchoServerOptions {
  readonly prefix: string;
  readonly logger: Logger;
}

/** Answers lines on any number of ports. */
export class EchoServer {
  readonly #options: EchoServerOptions;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  #draining = false;

  constructor(options: EchoServerOptions) {
    this.#options = options;
  }

  /** Listens on one more port and resolves with its number; rejects with the system's error. */
  async listen(address: { host: string; port: number; declared: number }): Promise<number> {
    const { host, port, declared } = address;
    // A client that has closed its side still gets all of its answers.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      void this.#serve(socket, declared);
    });
    server.listen({ host, port, backlog: 1024 });
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  /**
   * Accepts for `delayMs` more, until load balancers have learnt of the end. A connection that rests
   * between two lines is then closed from this side; any other is cut off after `timeoutMs`.
   *
   * @returns whether none had to be cut off
   */
  async drain({ delayMs, timeoutMs }: { delayMs: number; timeoutMs: number }): Promise<boolean> {
    await sleep(delayMs);
    this.#draining = true;
    const closed = Promise.all(this.close().map((server) => once(server, 'close'))).then(() => true);
    for (const connection of this.#connections) endAtRest(connection);
    const abandon = new AbortController();
    const late = sleep(timeoutMs, false, { signal: abandon.signal }).catch(() => false);
    const inTime = await Promise.race([closed, late]);
    abandon.abort();
    for (const { socket } of this.#connections) socket.destroy();
    return inTime;
  }

  /** Stops listening, and leaves connections as they are. */
  close(): readonly Server[] {
    for (const server of this.#servers) server.close();
    return this.#servers;
  }

  async #serve(socket: Socket, port: number): Promise<void> {
    const lines = new PrefixedLines(this.#options.prefix);
    const connection = { socket, lines };
    this.#connections.add(connection);
    if (this.#draining) endAtRest(connection);
    // One after the other: while the client takes nothing, nothing is read from it.
    const error = await pipeline(socket, lines, socket).catch((failure: Error) => failure);
    this.#connections.delete(connection);
    this.#report({ socket, port, error: error instanceof Error ? error.message : undefined });
  }

  /** One line for each connection. Connections without data are probes, which matter only for debugging. */
  #report({ socket, port, error }: { socket: Socket; port: number; error: string | undefined }): void {
    const level = socket.bytesRead === 0 ? 'debug' : error === undefined ? 'info' : 'warn';
    const { bytesRead: received, bytesWritten: sent } = socket;
    this.#options.logger[level]({ port, received, sent, error }, 'connection closed');
  }
}

/** A socket's `setTimeout` measures silence: any byte in either direction restarts it. */
function endAtRest({ socket, lines }: Connection): void {
  socket.setTimeout(REST, () => {
    if (!lines.atLineStart || lines.readableLength + socket.writableLength > 0) return;
    lines.end();
    socket.destroySoon();
  });
}
