import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export interface SendLineOptions {
  readonly port: number;
  readonly line: string;
  /** Milliseconds until the answer must be there. */
  readonly timeout: number;
}

/** Sends a line to a server on this machine, and resolves with the first line of its answer. */
export async function sendLine({ port, line, timeout }: SendLineOptions): Promise<string> {
  const signal = AbortSignal.timeout(timeout);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect', { signal });
    const lines = createInterface({ input: socket });
    const answered = once(lines, 'line', { signal });
    const closed = once(socket, 'close', { signal }).then(() => {
      throw new Error('the connection was closed');
    });
    socket.write(`${line}\n`);
    const [answer] = (await Promise.race([answered, closed])) as [string];
    closed.catch(() => undefined);
    return answer;
  } finally {
    socket.destroy();
  }
}
