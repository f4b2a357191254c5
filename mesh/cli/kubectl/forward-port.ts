import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { CommandFailure } from '#mesh/cli/command-failure.ts';

export interface ForwardingOptions {
  /** 0: any free one. */
  readonly local: number;
  /** As the pod's manifest names it, for the user. */
  readonly declared: number;
  /** Where the program listens on this machine. */
  readonly bound: number;
  readonly write: (line: string) => void;
}

export interface Forwarding {
  close(): void;
}

/** Hands connections on, byte for byte, with kubectl's words about it. */
export async function startForwarding(options: ForwardingOptions): Promise<Forwarding> {
  const { declared, bound, write } = options;
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    write(`Handling connection for ${(server.address() as AddressInfo).port}`);
    const outgoing = connect({ host: '127.0.0.1', port: bound });
    outgoing.on('error', (error) =>
      write(`error: an error occurred forwarding to ${declared}: ${error.message}`),
    );
    join(incoming, outgoing);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  const port = await listen(server, options);
  write(`Forwarding from 127.0.0.1:${port} -> ${declared}`);
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** When one side fails, the other has nothing to wait for. */
function join(left: Socket, right: Socket): void {
  left.pipe(right);
  right.pipe(left);
  left.on('error', () => right.destroy());
  right.on('error', () => left.destroy());
}

async function listen(server: ReturnType<typeof createServer>, options: ForwardingOptions): Promise<number> {
  const { local, declared } = options;
  server.listen(local, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CommandFailure(
      `error: unable to listen on any of the requested ports: [{${local} ${declared}}]: ${code === 'EADDRINUSE' ? 'address already in use' : code}`,
      { cause },
    );
  }
  return (server.address() as AddressInfo).port;
}
