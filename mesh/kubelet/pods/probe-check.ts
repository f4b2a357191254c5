import { execFile } from 'node:child_process';
import { connect as connectHttp2 } from 'node:http2';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { request } from '#platform/node-http.ts';

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

export interface GrpcTarget {
  readonly port: number;
  /** The service to ask for; empty for the server itself. */
  readonly service: string;
}

/** Of grpc.health.v1.HealthCheckResponse: status (1) SERVING (1). */
const serving = Buffer.from([8, 1]);

/** Passes when the server answers SERVING (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). */
export function checkGrpc({ port, service }: GrpcTarget, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const end = (passed: boolean) => {
      session.destroy();
      resolve(passed);
    };
    session.once('error', () => end(false));
    signal.addEventListener('abort', () => end(false), { once: true });
    const path = '/grpc.health.v1.Health/Check';
    const stream = session.request({
      ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => end(false));
    stream.once('end', () => end(Buffer.concat(chunks).subarray(5).equals(serving)));
    stream.end(healthRequest(service));
  });
}

/** One message behind its length: service (1). */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service.slice(0, 120));
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([10, name.length]), name]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
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
