import { getLocal, type LocalAnswer } from '#mesh/serve/get-local.ts';
import { Agent } from '#platform/node-http.ts';

/** One Envoy's admin interface, which only its user can reach: it answers at a Unix socket. */
export class AdminClient {
  readonly socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  async get(path: string): Promise<LocalAnswer> {
    return getLocal({ socketPath: this.socketPath, path, agent: this.#agent });
  }

  /** Whether Envoy has initialized: it answers and has loaded its first configuration. */
  async isLive(): Promise<boolean> {
    try {
      return (await this.get('/ready')).status === 200;
    } catch {
      return false;
    }
  }

  /** The gauges whose names match, by name. */
  async gauges(filter: string): Promise<Readonly<Record<string, number>>> {
    const { text: body } = await this.get(`/stats?type=Gauges&filter=${encodeURIComponent(filter)}`);
    return Object.fromEntries(body.split('\n').flatMap(parseStat));
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** `cluster_manager.warming_clusters: 0` */
function parseStat(line: string): [string, number][] {
  const at = line.lastIndexOf(': ');
  return at < 0 ? [] : [[line.slice(0, at), Number(line.slice(at + 2))]];
}
