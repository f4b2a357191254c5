import { once } from 'node:events';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerClasses } from '#platform/express-classes.ts';
import { createServer } from '#platform/node-http.ts';
import type { Readiness } from '#platform/probes.ts';

const HEADERS_TIMEOUT = 10_000;

const LIMITS = {
  /** The limit of request line and headers together, and so of the URL. */
  maxHeaderSize: 16 << 10,
  requestTimeout: 30_000,
  /**
   * Envoy closes a connection that was idle for an hour. The server must never close it first: a request that
   * crosses its FIN on the way is lost, which a mesh shows as a 503 with the flag UC.
   */
  keepAliveTimeout: 3_605_000,
  noDelay: true,
} as const;

/** A listening server. */
export interface Serving {
  readonly port: number;
  /** Accepts no new requests and waits for those under way; false if they took longer than `timeoutMs`. */
  drain(options: { delayMs: number; timeoutMs: number }): Promise<boolean>;
}

interface ServeOptions {
  readonly handler: RequestListener;
  /** The classes of requests and responses, for a handler that needs more than node's. */
  readonly classes?: ServerClasses;
  readonly host: string;
  readonly port: number;
  readonly readiness: Readiness;
  /** How long a client may take to send a request's head, in milliseconds. */
  readonly headersTimeout?: number;
}

/** Serves HTTP with limits and time-outs; rejects with the system's error if it cannot listen there. */
export async function serve({
  handler,
  classes,
  host,
  port,
  readiness,
  headersTimeout = HEADERS_TIMEOUT,
}: ServeOptions): Promise<Serving> {
  // By connection, of which there are few; whether a response is still under way matters only to the drain.
  const latest = new Map<Socket, ServerResponse>();
  const server = createServer({ ...LIMITS, ...timeouts(headersTimeout), ...classes }, (req, res) => {
    latest.set(req.socket, res);
    if (readiness.draining) res.shouldKeepAlive = false;
    handler(req, res);
  });
  server.on('connection', (socket) => socket.once('close', () => latest.delete(socket)));
  server.listen({ port, host, backlog: 1024 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async drain({ delayMs, timeoutMs }) {
      readiness.drain();
      // `connection: close` makes clients leave by themselves, at a moment when no request can get lost.
      for (const res of latest.values()) res.shouldKeepAlive = false;
      await sleep(delayMs);
      return close(server, timeoutMs);
    },
  };
}

/** By default, node looks for late connections only every 30 s. */
function timeouts(headersTimeout: number) {
  return { headersTimeout, connectionsCheckingInterval: headersTimeout / 10 };
}

async function close(server: Server, timeoutMs: number): Promise<boolean> {
  const closed = new Promise((resolve) => server.close(resolve)).then(() => true);
  const abandon = new AbortController();
  const late = sleep(timeoutMs, false, { signal: abandon.signal }).catch(() => false);
  const inTime = await Promise.race([closed, late]);
  abandon.abort();
  if (!inTime) server.closeAllConnections();
  return inTime;
}
