import type { Agent } from 'node:http';
import { text } from 'node:stream/consumers';
import { request } from '#platform/node-http.ts';

/** A server of this machine: a port on loopback, or a Unix socket. */
export type LocalAddress =
  | {
      readonly port: number;
      /** Another address of loopback than 127.0.0.1. */
      readonly host?: string;
    }
  | { readonly socketPath: string };

export type LocalRequest = LocalAddress & {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without one, it uses a separate connection. */
  readonly agent?: Agent;
  /** How long the whole answer may take, ms. */
  readonly timeout?: number;
};

export interface LocalAnswer {
  readonly status: number;
  /** The content type, empty when there is none. */
  readonly type: string;
  readonly text: string;
}

/** A GET to a server of this machine. Rejects if there is no complete answer in time. */
export function getLocal({
  agent,
  headers = {},
  timeout = 5_000,
  ...where
}: LocalRequest): Promise<LocalAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeout);
    request({ host: '127.0.0.1', ...where, headers, agent: agent ?? false, signal }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      const type = received['content-type'] ?? '';
      text(response).then((body) => resolve({ status, type, text: body }), reject);
    })
      .on('error', reject)
      .end();
  });
}
