import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ConnectPort, servePortForward } from './port-forward.ts';
import { serveRemoteCommand } from './remote-command.ts';
import { failure, internalError, type RunCommand, type Status, StatusError } from './remote-io.ts';
import { refuse } from './upgrade.ts';

/** What a request for a stream leads to. */
export type StreamTarget = { run: RunCommand } | { connect: ConnectPort };

export interface StreamOptions {
  /** Which command or pod a request means. Throws a StatusError for one that is refused: 401, 403, 404. */
  resolve: (request: IncomingMessage) => StreamTarget | Promise<StreamTarget>;
  /** What went wrong on our side; the client is answered in any case. */
  onError: (error: unknown) => void;
}

/** What a plain request for a stream is answered. */
export const UPGRADE_REQUIRED: Status = failure(400, 'BadRequest', 'Upgrade request required');

/** Serves the `upgrade` requests of an HTTP or HTTPS server. */
export function attachStreams(server: Pick<Server, 'on'>, options: StreamOptions): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // From here on node leaves the socket's errors to us. What breaks it also closes it, which the stream's owner sees.
    socket.on('error', () => {});
    serve(request, socket, head, options).catch((error: unknown) => {
      if (error instanceof StatusError) return refuse(socket, error.status);
      options.onError(error);
      refuse(socket, internalError(error instanceof Error ? error.message : String(error)));
    });
  });
}

async function serve(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { resolve }: StreamOptions,
): Promise<void> {
  const target = await resolve(request);
  const upgrade = { request, socket, head };
  return 'run' in target
    ? serveRemoteCommand(upgrade, target.run)
    : servePortForward(upgrade, target.connect);
}
