import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import process from 'node:process';
import { createServer } from '#platform/node-http.ts';

/** A request whose address has been understood. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

export interface HttpServerOptions {
  /** Answers a request. What it throws or rejects with ends here: the client gets 500, and nothing else stops. */
  readonly handle: (asked: Asked) => Promise<void> | void;
  /** Told of what the server did wrong itself. */
  readonly onBug: (error: unknown) => void;
  /** How a refusal is written; as a line of text where it is not said. */
  readonly refuse?: (response: ServerResponse, refusal: Refusal) => void;
}

/** Every server of the mesh: addresses are parsed by what cannot throw, and an error costs its own request only. */
export function createHttpServer({ handle, onBug, refuse = refuseAsText }: HttpServerOptions): Server {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = targetOf(request);
    if (!url) return refuse(response, { status: 400, message: 'the address of the request is not a URL' });
    return handle({ request, response, url });
  }

  const server = createServer((request, response) => {
    response.on('error', onBug);
    answer(request, response).catch((error: unknown) => {
      // It is no bug if a client goes away while it sends or reads.
      if (request.destroyed && !request.complete) return;
      onBug(error);
      failed(response, () =>
        refuse(response, { status: 500, message: 'this is a bug in the mesh; its log tells more' }),
      );
    });
  });
  // Such as EMFILE, when a connection cannot be accepted: the next one may be.
  return server.on('error', onBug);
}

/** A half-sent answer cannot become an error any more; it is cut off, so that nobody takes it for complete. */
function failed(response: ServerResponse, refuse: () => void): void {
  if (response.headersSent) response.destroy();
  else refuse();
}

/**
 * Where a request goes: `/path?query`, or a whole URL as for a proxy. A path may begin with `//`, which a URL would take
 * for a host.
 */
export function targetOf({ url = '/' }: Pick<IncomingMessage, 'url'>): URL | undefined {
  return URL.parse(url.startsWith('/') ? `http://localhost${url}` : url) ?? undefined;
}

function refuseAsText(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${message}\n`);
}

interface LastResortOptions {
  readonly log: (message: string) => void;
  /** What does not end, as a sentence: `the mesh goes on`. */
  readonly goesOn: string;
}

/**
 * Keeps this process alive when nobody caught an error: in a timer, a listener, or a promise that nobody waits
 * for. What threw is lost and told; the rest of the process has nothing to do with it. To be called once the process is
 * what it is to be: an error before that had better end it.
 */
export function outliveErrors({ log, goesOn }: LastResortOptions): void {
  const seen = new Map<string, number>();
  // Without a separate listener, an unhandled rejection ends up here, too.
  process.on('uncaughtException', (error: unknown, origin) => {
    const text = textOf(error);
    const times = (seen.get(text) ?? 0) + 1;
    if (seen.size < mostKinds || seen.has(text)) seen.set(text, times);
    if (!isTold(times)) return;
    const how = origin === 'unhandledRejection' ? 'rejected' : 'thrown';
    const again = times === 1 ? '' : ` (${times} times by now)`;
    log(
      `a bug: an error was ${how} and nobody caught it; what it stopped is lost, ${goesOn}${again}: ${text}`,
    );
  });
}

const mostKinds = 1_000;

/** An error at every tick of a timer must not fill the disk: it is logged at the 1st, 10th, 100th … time. */
function isTold(times: number): boolean {
  return Number.isInteger(Math.log10(times));
}

/** An error with its stack; whatever else was thrown as it prints. */
export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
