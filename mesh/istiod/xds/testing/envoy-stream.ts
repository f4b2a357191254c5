import { type ClientDuplexStream, credentials, makeClientConstructor } from '@grpc/grpc-js';
import { adsService, type DeltaRequest, type DeltaResponse } from '#mesh/istiod/xds/discovery-messages.ts';

/** The stream of an Envoy that asks for its configuration, for tests. */
export class EnvoyStream {
  readonly #client;
  readonly #call: ClientDuplexStream<DeltaRequest, DeltaResponse>;
  readonly #answers: AsyncIterator<DeltaResponse>;

  constructor(socket: string) {
    const Client = makeClientConstructor(adsService, 'ads');
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = adsService.DeltaAggregatedResources;
    this.#call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#call.on('error', () => {});
    this.#answers = this.#call[Symbol.asyncIterator]() as AsyncIterator<DeltaResponse>;
  }

  say(request: Partial<DeltaRequest>): void {
    this.#call.write(request as DeltaRequest);
  }

  acknowledge({ type_url, nonce }: DeltaResponse): void {
    this.say({ type_url, response_nonce: nonce });
  }

  refuse({ type_url, nonce }: DeltaResponse, message: string): void {
    this.say({ type_url, response_nonce: nonce, error_detail: { message } });
  }

  async next(): Promise<DeltaResponse> {
    return (await this.#answers.next()).value as DeltaResponse;
  }

  end(): void {
    this.#call.cancel();
    this.#client.close();
  }
}
