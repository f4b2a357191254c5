import { createServer } from 'node:net';

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
