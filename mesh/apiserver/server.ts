import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { type HandlerOptions, handle } from '#mesh/apiserver/http/handle.ts';
import { sendError } from '#mesh/apiserver/http/respond.ts';
import { attachStreams, type StreamOptions } from '#mesh/apiserver/streams/attach-streams.ts';

export interface ApiServerOptions extends HandlerOptions {
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Who signs the certificates of clients. */
  readonly clientCa: string;
  /** Requests that become streams: exec, attach, port-forward. This handler itself checks who may use them. */
  readonly streams: StreamOptions['resolve'];
}

export interface ApiServer {
  readonly port: number;
  close(): void;
}

/** HTTPS on loopback, for clients with a certificate of this mesh. */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer> {
  const { certificate: cert, key, clientCa: ca } = options;
  const server = createServer(
    { cert, key, ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      if (isKnown(request)) void handle(options, request, response);
      else sendError(response, unauthorized());
    },
  );
  attachStreams(server, { resolve: options.streams, onError: options.onBug });
  server.on('tlsClientError', (_, socket) => socket.destroy());
  server.on('clientError', (_, socket: Socket) => socket.destroy());
  const port = await listen(server, options.port);
  return {
    port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function isKnown({ socket }: IncomingMessage): boolean {
  return (socket as TLSSocket).authorized;
}

function unauthorized(): ApiError {
  return new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}
