import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { UNANSWERED } from '#mesh/istiod/envoy/names.ts';

const ADDRESS = '127.0.0.1';
const BEGIN = Buffer.from('HTTP/1.1 503 ');
const MARK = `\r\n${UNANSWERED}: `;
const HEAD_END = '\r\n\r\n';

/**
 * The way of pods without sidecar into the Envoy that plays kube-proxy. A real kube-proxy reads nothing: when a pod ends a
 * connection without an answer, as one does that takes mutual TLS alone, its caller sees a reset. An Envoy answers in the pod's
 * place, and marks that answer; here it becomes the reset again. Everything else passes as it comes.
 */
export class PlainCallers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Resolves when what comes at `port` goes to Envoy's. */
  async open(port: number, envoyPort: number): Promise<void> {
    const server = createServer((caller) => this.#join(caller, connect(envoyPort, ADDRESS)));
    this.#servers.push(server.listen(port, ADDRESS));
    await once(server, 'listening');
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(caller: Socket, envoy: Socket): void {
    for (const [socket, other] of [
      [caller, envoy],
      [envoy, caller],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
    caller.pipe(envoy);
    envoy.on('data', (chunk: Buffer) => {
      if (isUnanswered(chunk)) caller.resetAndDestroy();
      else if (!caller.write(chunk)) envoy.pause();
    });
    envoy.on('end', () => caller.end());
    caller.on('drain', () => envoy.resume());
  }
}

/** An answer begins with a chunk, because the one before it has reached the caller, who has asked again. */
function isUnanswered(chunk: Buffer): boolean {
  if (!chunk.subarray(0, BEGIN.length).equals(BEGIN)) return false;
  const [head = ''] = chunk.toString('latin1').split(HEAD_END, 1);
  return head.includes(MARK);
}
