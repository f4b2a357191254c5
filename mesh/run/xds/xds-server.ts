import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { Subscriptions } from '#mesh/run/xds/subscriptions.ts';

/** The fields of Envoy's DiscoveryRequest that count here. */
interface DiscoveryRequest {
  readonly version_info?: string;
  readonly node: { readonly id: string };
  /** At most one: Envoy asks for each route configuration, filter and secret by itself. */
  readonly resource_names?: readonly string[];
}

const path = /^\/v3\/discovery:(\w+)$/;

/**
 * Serves the configuration of all Envoys of a mesh, by REST with long answers: a question waits until there is
 * something new (docs/adr/0010).
 */
export class XdsServer {
  readonly #server: Server;
  readonly #subscriptions = new Map<string, Subscriptions>();
  readonly #onProblem: (message: string) => void;
  /** The path of the Unix socket. Who can open its folder can read the Envoys' keys. */
  readonly socket: string;

  /** @param onProblem told what goes wrong with one question */
  constructor(socket: string, onProblem: (message: string) => void) {
    this.socket = socket;
    this.#onProblem = onProblem;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    // Envoy keeps its connections; one that is closed between two questions would fail the second.
    this.#server.keepAliveTimeout = 0;
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(this.socket), 'listening');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** What the Envoy with this node id is offered from now on. */
  open(node: string): Subscriptions {
    const subscriptions = new Subscriptions();
    this.#subscriptions.set(node, subscriptions);
    return subscriptions;
  }

  /** The questions of an Envoy that is about to end stay without answer. */
  remove(node: string): void {
    this.#subscriptions.delete(node);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const answer = await this.#answer(request, gone.signal);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      if (!gone.signal.aborted) {
        this.#onProblem(`xds: ${request.url}: ${(error as Error).message}`);
        response.writeHead(400).end();
      }
    }
  }

  async #answer(request: IncomingMessage, signal: AbortSignal) {
    const [, kind] = path.exec(request.url ?? '') ?? [];
    if (kind === undefined) {
      throw new Error('not a path of xDS');
    }
    // Envoys of this mesh ask, of a version that is known: their questions have the fields that they should.
    const {
      version_info: version = '',
      node,
      resource_names = [],
    } = (await json(request)) as DiscoveryRequest;
    const name = [kind, ...resource_names].join('/');
    const subscriptions = this.#subscriptions.get(node.id) ?? new Subscriptions();
    return subscriptions.next({ name, version, signal });
  }
}
