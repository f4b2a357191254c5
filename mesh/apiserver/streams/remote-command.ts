import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Channels } from '#mesh/apiserver/streams/channels.ts';
import {
  type CommandStreams,
  exited,
  failure,
  internalError,
  type RemoteIo,
  type RemoteSession,
  type RunCommand,
  type Status,
  StatusError,
  sizeQueue,
  terminalSizes,
} from '#mesh/apiserver/streams/remote-io.ts';
import type { SpdyStream } from '#mesh/apiserver/streams/spdy/stream.ts';
import { acceptSpdy, acceptWebSocket, isWebSocket, type Upgrade } from '#mesh/apiserver/streams/upgrade.ts';

/**
 * Serves `pods/exec` and `pods/attach`. Resolves when the client has its answer or is gone.
 *
 * @throws StatusError where the request cannot be upgraded
 */
export async function serveRemoteCommand(upgrade: Upgrade, run: RunCommand): Promise<void> {
  const query = new URL(upgrade.request.url ?? '/', 'http://localhost').searchParams;
  const open = isWebSocket(upgrade) ? commandOverWebSocket : commandOverSpdy;
  const { io, end } = await open(upgrade, wantedStreams(query));
  const status = await outcome(run, io, query.getAll('command'));
  io.stdin?.unpipe();
  // Reads and drops what the client still sends: unread bytes would turn the close into a reset, and lose the answer.
  io.stdin?.resume();
  await Promise.all([drained(io.stdout), drained(io.stderr)]);
  await end(status);
}

async function outcome(run: RunCommand, io: RemoteIo, command: readonly string[]): Promise<Status> {
  try {
    return exited(await run(io, command));
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    return internalError(error instanceof Error ? error.message : String(error));
  }
}

async function drained(stream: Writable | undefined): Promise<void> {
  if (stream === undefined) return;
  if (!stream.writableEnded) stream.end();
  // A broken stream has lost its client; there is nobody to wait for.
  await finished(stream, { readable: false }).catch(() => {});
}

function wantedStreams(query: URLSearchParams): CommandStreams {
  const wants = (name: string) => ['1', 'true'].includes(query.get(name) ?? '');
  const tty = wants('tty');
  const streams = { stdin: wants('stdin'), stdout: wants('stdout'), stderr: wants('stderr') && !tty, tty };
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    throw new StatusError(failure(400, 'BadRequest', 'you must specify at least 1 of stdin, stdout, stderr'));
  }
  return streams;
}

const SPDY_PROTOCOLS = ['v5', 'v4', 'v3', 'v2'].map((version) => `${version}.channel.k8s.io`);
/** Until then the client must have opened its streams: Kubernetes' own default. */
const PATIENCE = 30_000;

/** A command's streams as the client opens them, one for each header `streamtype`. */
async function commandOverSpdy(upgrade: Upgrade, wanted: CommandStreams): Promise<RemoteSession> {
  const streams = new Map<string, SpdyStream>();
  const missing = new Set(['error', ...Object.entries(wanted).flatMap(([name, on]) => (on ? [name] : []))]);
  // A terminal has a size, and no separate stream for errors.
  if (missing.delete('tty')) missing.add('resize');
  const complete = Promise.withResolvers<void>();
  const { connection, protocol } = acceptSpdy(upgrade, SPDY_PROTOCOLS, (stream) => {
    const type = stream.headers.get('streamtype') ?? '';
    if (!missing.delete(type)) return void stream.destroy();
    if (type !== 'stdin' && type !== 'resize') stream.resume();
    streams.set(type, stream);
    if (missing.size === 0) complete.resolve();
  });
  if (protocol === 'v2.channel.k8s.io' && missing.delete('resize')) streams.delete('resize');
  const gone = new AbortController();
  connection.closed.then(() => gone.abort());
  if (!(await inTime(complete.promise, connection.closed))) {
    connection.close();
    throw new StatusError(failure(408, 'Timeout', 'the client did not open its streams'));
  }
  const stream = (name: string) => streams.get(name);
  return {
    io: {
      ...(wanted.stdin && { stdin: stream('stdin') as SpdyStream }),
      ...(wanted.stdout && { stdout: stream('stdout') as SpdyStream }),
      ...(wanted.stderr && { stderr: stream('stderr') as SpdyStream }),
      tty: wanted.tty,
      sizes: terminalSizes(stream('resize') ?? sizeQueue().end()),
      signal: gone.signal,
    },
    end: async (status) => {
      const error = streams.get('error');
      error?.end(text(status, protocol));
      if (error !== undefined) await finished(error, { readable: false }).catch(() => {});
      connection.close();
      await connection.closed;
    },
  };
}

/** From version 4 on the error stream carries a Status; before, a message if there is one. */
function text(status: Status, protocol: string): string {
  const older = protocol === 'v2.channel.k8s.io' || protocol === 'v3.channel.k8s.io';
  return older ? (status.message ?? '') : JSON.stringify(status);
}

async function inTime(complete: Promise<void>, closed: Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PATIENCE).unref();
  const answer = await Promise.race([complete.then(() => true), closed.then(() => false), late]);
  clearTimeout(timer);
  return answer;
}

const STATUS_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];
const WEBSOCKET_PROTOCOLS = [...STATUS_PROTOCOLS, 'channel.k8s.io', 'base64.channel.k8s.io', ''];

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

/**
 * Milliseconds. kubectl begins to read before it has made its streams, and drops what comes for one that it has not made
 * ("Unknown stream id 1, discarding message"). From a cluster nothing comes that early.
 */
const clientStart = 25;

/** A command's streams as channels of a WebSocket. */
async function commandOverWebSocket(upgrade: Upgrade, wanted: CommandStreams): Promise<RemoteSession> {
  const { websocket, protocol } = await acceptWebSocket(upgrade, WEBSOCKET_PROTOCOLS);
  const channels = new Channels(websocket, protocol);
  const carriesStatus = STATUS_PROTOCOLS.includes(protocol);
  // What the client sends while it is waited for belongs to the command.
  const io = {
    ...(wanted.stdin && { stdin: channels.reader(STDIN) }),
    ...(wanted.stdout && { stdout: channels.writer(STDOUT) }),
    ...(wanted.stderr && { stderr: channels.writer(STDERR) }),
    tty: wanted.tty,
    sizes: terminalSizes(wanted.tty ? channels.reader(RESIZE) : sizeQueue().end()),
    signal: channels.gone,
  };
  await pause(clientStart);
  // An empty message says that the client is connected, as Kubernetes' server does.
  await channels
    .send(wanted.stdout ? STDOUT : wanted.stderr ? STDERR : ERROR, Buffer.alloc(0))
    .catch(() => {});
  return {
    io,
    end: async (status) => {
      const text = carriesStatus ? JSON.stringify(status) : (status.message ?? '');
      await channels.send(ERROR, Buffer.from(text)).catch(() => {});
      await channels.close();
    },
  };
}
