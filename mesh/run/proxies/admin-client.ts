import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface LocalRequest {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

/** A GET to a port of this machine. */
export function getLocal({ port, path, headers = {}, agent }: LocalRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers, agent, timeout: 5_000 };
    const call = request(options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body }), reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer from port ${port}`)));
    call.on('error', reject).end();
  });
}

/** One Envoy's admin interface. */
export class AdminClient {
  readonly port: number;
  /** How many refused updates have been reported; Envoy counts from its start. */
  rejectionsSeen = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });

  constructor(port: number) {
    this.port = port;
  }

  async get(path: string): Promise<Answer> {
    return getLocal({ port: this.port, path, agent: this.#agent });
  }

  /** Whether Envoy has initialized: it answers and has loaded its first configuration. */
  async isLive(): Promise<boolean> {
    try {
      return (await this.get('/ready')).status === 200;
    } catch {
      return false;
    }
  }

  /** Numbers and texts by name, of those that match. */
  async stats(filter: string): Promise<Readonly<Record<string, number | string>>> {
    const { text: body } = await this.get(`/stats?filter=${encodeURIComponent(filter)}`);
    return Object.fromEntries(body.split('\n').flatMap(parseStat));
  }

  async configDump(): Promise<unknown> {
    return JSON.parse((await this.get('/config_dump')).text) as unknown;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** `cluster_manager.cds.version_text: "7"`, `cluster_manager.cds.update_success: 3` */
function parseStat(line: string): [string, number | string][] {
  const at = line.lastIndexOf(': ');
  if (at < 0) {
    return [];
  }
  const value = line.slice(at + 2);
  return [[line.slice(0, at), value.startsWith('"') ? value.slice(1, -1) : Number(value)]];
}
