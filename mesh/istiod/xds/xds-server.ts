import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { DeltaStream } from '#mesh/istiod/xds/delta-stream.ts';
import { adsService, type DeltaRequest, type DeltaResponse } from '#mesh/istiod/xds/discovery-messages.ts';
import { OfferedConfig } from '#mesh/istiod/xds/offered-config.ts';

type Call = ServerDuplexStream<DeltaRequest, DeltaResponse>;

/** Serves the configuration of all Envoys of a mesh, by one incremental stream for each (docs/adr/0017). */
export class XdsServer {
  readonly #server = new Server();
  readonly #offered = new Map<string, OfferedConfig>();
  readonly #onProblem: (message: string) => void;
  /** The path of the Unix socket. Who can open its folder can read the Envoys' keys. */
  readonly socket: string;

  /** @param onProblem told what goes wrong with one stream */
  constructor(socket: string, onProblem: (message: string) => void) {
    this.socket = socket;
    this.#onProblem = onProblem;
    this.#server.addService(adsService, { DeltaAggregatedResources: (call: Call) => this.#serve(call) });
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.bindAsync(`unix:${this.socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
    await promise;
  }

  close(): void {
    this.#server.forceShutdown();
  }

  /** The configuration to offer the Envoy with this node id from now on. */
  open(node: string): OfferedConfig {
    const offered = new OfferedConfig();
    this.#offered.set(node, offered);
    return offered;
  }

  /** An Envoy that is about to end is told nothing any more. */
  remove(node: string): void {
    this.#offered.delete(node);
  }

  #serve(call: Call): void {
    let stream: DeltaStream | undefined;
    let offered: OfferedConfig | undefined;
    call.on('data', (request: DeltaRequest) => {
      try {
        if (!stream) {
          // Only the first request says whose the stream is.
          offered = this.#offered.get(request.node?.id ?? '');
          stream = offered?.connect((response) => call.write(response));
        }
        stream?.receive(request);
      } catch (error) {
        this.#onProblem(`xds: ${String((error as Error).stack)}`);
        call.destroy(error as Error);
      }
    });
    const end = () => {
      if (stream) offered?.disconnect(stream);
      stream = undefined;
    };
    call.on('end', () => call.end());
    // An Envoy that ends breaks its stream off.
    call.on('error', end);
    call.on('close', end);
    call.on('cancelled', end);
  }
}
