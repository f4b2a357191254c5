import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';

export interface HttpTarget {
  readonly port: number;
  readonly path: string;
  readonly secure: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Passes when the answer is 200–399. The agent is off, so that a probe never finds a stale connection. */
export function checkHttp(
  { port, path, secure, headers }: HttpTarget,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = secure ? secureRequest : request;
    // Kubernetes does not verify the certificate of a probe either.
    const options = {
      host: '127.0.0.1',
      port,
      path,
      headers,
      signal,
      agent: false,
      rejectUnauthorized: false,
    };
    ask(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
    })
      .on('error', () => resolve(false))
      .end();
  });
}

/** Passes when the port accepts a connection. */
export function checkTcp(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export interface ExecTarget {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Passes when the command exits with 0. */
export function checkExec({ command, env, cwd }: ExecTarget, signal: AbortSignal): Promise<boolean> {
  const [file = 'true', ...args] = command;
  return new Promise((resolve) => {
    execFile(file, args, { env, cwd, signal }, (error) => resolve(error === null));
  });
}
