import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { StartedMesh } from '#mesh/run/testing/started-mesh.ts';

export interface Call {
  /** As the program would write it: `http://web/path`. */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Calls as the program of a Deployment would make them: by the HTTP proxy that its environment names. */
export class Caller {
  readonly #proxy: URL;

  private constructor(proxy: URL) {
    this.#proxy = proxy;
  }

  static async of(mesh: StartedMesh, app: string): Promise<Caller> {
    const pod = (await mesh.pods()).find(({ metadata }) => metadata.labels?.['app'] === app);
    const name = { name: pod?.metadata.name ?? app, namespace: 'default' };
    const { env } = await mesh.client.execTarget(name);
    return new Caller(new URL(env['HTTP_PROXY'] ?? ''));
  }

  async call({ url, method = 'GET', headers = {} }: Call): Promise<Answer> {
    const { hostname, port } = this.#proxy;
    const outgoing = request({
      host: hostname,
      port,
      path: url,
      method,
      headers: { host: new URL(url).host, ...headers },
    });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await text(response) };
  }

  async status(call: Call): Promise<number> {
    return (await this.call(call)).status;
  }

  /** Asks over a tunnel, whose bytes no proxy reads; empty when the connection is closed without an answer. */
  async overTunnel(authority: string): Promise<string> {
    const { hostname, port } = this.#proxy;
    const outgoing = request({ host: hostname, port, method: 'CONNECT', path: authority });
    outgoing.end();
    const [, socket] = (await once(outgoing, 'connect')) as [IncomingMessage, Socket];
    socket.write(`GET / HTTP/1.0\r\nHost: ${authority}\r\n\r\n`);
    const answer = await text(socket).catch(() => '');
    return answer.split('\r\n\r\n').at(-1) ?? '';
  }
}
