import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { openLines } from '#mesh/console/server/answers.ts';
import { Agent, request } from '#platform/node-http.ts';

const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is no name of a header');

/** What the page asks to be sent. */
export const sendShape = z.strictObject({
  /** `outside`, or a pod as `name.namespace`. */
  from: z.string(),
  method: z.string().regex(/^[A-Z]+$/, 'is no method: write it in capital letters'),
  /** A whole URL: its host decides the virtual host. */
  url: z.url({ protocol: /^http$/, error: 'must be a URL that begins with http://' }),
  headers: z.array(z.tuple([headerName, z.string().regex(/^[^\r\n\0]*$/, 'must be one line')])).max(50),
  body: z.string().max(1_000_000).optional(),
  /** How many requests; absent: until the page says stop. */
  count: z.int().min(1).max(10_000).optional(),
  /** Requests per second. */
  rate: z.number().min(0.1).max(500),
});

export type Wish = z.infer<typeof sendShape>;

/** Where a request enters the mesh: a gateway's port, or the proxy that a pod's program is given. */
export interface Entrance {
  readonly port: number;
  /** Whether it takes whole URLs, as a proxy does. */
  readonly isProxy: boolean;
}

/** How one request ended. */
export interface Sent {
  /** 0: no answer. */
  readonly status: number;
  readonly milliseconds: number;
  /** By which its trace is found. */
  readonly trace: string;
  readonly error?: string;
  /** Of the first answer, and of every one with an error. */
  readonly headers?: IncomingMessage['headers'];
  readonly body?: string;
}

/** The page shows no more of an answer. */
const longestBody = 64 * 1024;
const patience = 30_000;
const mostAtOnce = 64;

/** Sends what is wished and reports each end as a line, until all are sent or the page has gone. */
export async function sendAll(wish: Wish, entrance: Entrance, response: ServerResponse): Promise<void> {
  const { count = Number.POSITIVE_INFINITY, rate } = wish;
  const write = openLines(response);
  const leave = new AbortController();
  response.once('close', () => leave.abort());
  const agent = new Agent({ keepAlive: true, maxSockets: mostAtOnce });
  const pending = new Set<Promise<void>>();
  const started = performance.now();
  for (let sent = 0; sent < count && !leave.signal.aborted; sent += 1) {
    await until(started + (1000 * sent) / rate, leave.signal);
    if (pending.size >= mostAtOnce) await Promise.race(pending);
    const isFirst = sent === 0;
    const one = sendOne(wish, { entrance, agent, signal: leave.signal, isFirst }).then((result) => {
      pending.delete(one);
      write(result);
    });
    pending.add(one);
  }
  await Promise.all(pending);
  agent.destroy();
  response.end();
}

async function until(time: number, signal: AbortSignal): Promise<void> {
  const wait = time - performance.now();
  if (wait < 1 || signal.aborted) return;
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(timer.resolve, wait);
  signal.addEventListener('abort', () => timer.resolve(), { once: true });
  await timer.promise;
  clearTimeout(handle);
}

interface Sending {
  readonly entrance: Entrance;
  readonly agent: Agent;
  readonly signal: AbortSignal;
  readonly isFirst: boolean;
}

async function sendOne(wish: Wish, { entrance, agent, signal, isFirst }: Sending): Promise<Sent> {
  const trace = randomBytes(16).toString('hex');
  const started = performance.now();
  const passed = () => performance.now() - started;
  try {
    const { response, body } = await exchange(wish, { entrance, agent, signal, trace });
    const status = response.statusCode ?? 0;
    const shown = isFirst || status >= 400;
    return { status, milliseconds: passed(), trace, ...(shown && { headers: response.headers, body }) };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { status: 0, milliseconds: passed(), trace, error: message || code || 'no answer' };
  }
}

async function exchange(wish: Wish, to: Omit<Sending, 'isFirst'> & { readonly trace: string }) {
  const { host, pathname, search, href } = new URL(wish.url);
  const call = request({
    ...{ host: '127.0.0.1', port: to.entrance.port, method: wish.method, agent: to.agent },
    path: to.entrance.isProxy ? href : `${pathname}${search}`,
    setHost: false,
    signal: AbortSignal.any([to.signal, AbortSignal.timeout(patience)]),
    headers: headersOf(wish, { host, trace: to.trace }),
  });
  call.end(wish.body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    if (length < longestBody) parts.push(part as Buffer);
    length += (part as Buffer).length;
  }
  const body = Buffer.concat(parts).subarray(0, longestBody).toString();
  return { response, body: length > longestBody ? `${body}\n… ${length - longestBody} bytes more` : body };
}

/** The page's own win; a trace begins here, so that its number is known before an Envoy tells it. */
function headersOf({ headers, body }: Wish, { host, trace }: { host: string; trace: string }) {
  const all = new Map<string, string | string[]>([
    ['host', host],
    ['user-agent', 'mesh101-console'],
    ['x-b3-traceid', trace],
    ['x-b3-spanid', trace.slice(0, 16)],
    ['x-b3-sampled', '1'],
  ]);
  if (body) all.set('content-length', String(Buffer.byteLength(body)));
  const own = Map.groupBy(headers, ([name]) => name.toLowerCase());
  for (const [name, values] of own) {
    const texts = values.map(([, value]) => value);
    const [only] = texts;
    all.set(name, texts.length === 1 && only !== undefined ? only : texts);
  }
  return Object.fromEntries(all);
}
