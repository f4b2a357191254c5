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

  /** Numbers and texts by name, of those that match. */
  async stats(filter: string): Promise<Readonly<Record<string, number | string>>> {
    const { text: body } = await this.get(`/stats?filter=${encodeURIComponent(filter)}`);
    return Object.fromEntries(body.split('\n').flatMap(parseStat));
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
