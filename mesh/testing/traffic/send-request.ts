import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { request as requestHttp } from '#platform/node-http.ts';

/** Where a request is handed to the mesh. */
export type Door =
  /** The HTTP proxy of a sidecar, or of kube-proxy. */
  | { readonly kind: 'proxy'; readonly port: number }
  /** A gateway's own port. */
  | { readonly kind: 'gateway'; readonly port: number; readonly host: string };

export interface SentRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Why no answer came. */
  readonly problem?: string;
}

const HOST = '127.0.0.1';
/** A request that hangs must not hang the tests. */
const TIMEOUT = 60_000;

/** Sends one request on a separate connection, and resolves with the answer or the reason why there is none. */
export async function sendRequest(door: Door, sent: SentRequest): Promise<Answer> {
  try {
    const response = await responseTo(door, sent);
    const { statusCode: status = 0, headers } = response;
    return { status, headers, body: await text(response) };
  } catch (error) {
    return { status: 0, headers: {}, body: '', problem: (error as Error).message };
  }
}

async function responseTo(door: Door, sent: SentRequest): Promise<IncomingMessage> {
  const { url } = sent;
  const isTls = url.protocol === 'https:';
  const direct = { host: HOST, port: door.port, path: url.pathname + url.search };
  if (door.kind === 'gateway')
    return ask(sent, { ...direct, host: door.host, ...(isTls && { servername: url.hostname }) });
  // A proxy gets the whole URL, as from programs with HTTP_PROXY.
  if (!isTls) return ask(sent, { ...direct, path: url.href });
  const socket = await tunnel(door.port, url);
  return ask(sent, { ...direct, createConnection: () => socket });
}

function ask({ url, method, headers, body }: SentRequest, options: RequestOptions): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const all = {
      ...options,
      ...{ method, headers: { host: url.host, ...headers }, agent: false as const },
      signal: AbortSignal.timeout(TIMEOUT),
    };
    // This machine does not trust the certificates of tests.
    const request = isTls ? requestHttps({ ...all, rejectUnauthorized: false }) : requestHttp(all);
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function tunnel(port: number, { hostname, port: wanted }: URL): Promise<Socket> {
  const path = `${hostname}:${wanted || 443}`;
  const socket = await new Promise<Socket>((resolve, reject) => {
    const request = requestHttp({ host: HOST, port, method: 'CONNECT', path, headers: { host: path } });
    request.on('connect', ({ statusCode }, connection) => {
      if (statusCode === 200) resolve(connection);
      else reject(new Error(`the proxy answers CONNECT with ${statusCode}`));
    });
    request.on('error', reject);
    request.end();
  });
  return connectTls({ socket, servername: hostname, rejectUnauthorized: false });
}
