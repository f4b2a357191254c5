import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Response, Responses } from '#mesh/envoy/xds/responses.ts';

/** How long a version that was refused is kept back before it is offered again, ms. */
const secondOffer = 1_000;

/** What an Envoy asks for. */
export interface Question {
  /** `listeners`, `routes/http_proxy`. */
  readonly name: string;
  /** The version that the Envoy has; empty when it has none. */
  readonly version: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * What one Envoy is offered. It asks again as soon as it has dealt with an answer, and names the version that it has
 * then: the old one still means that it refused the new one
 * (https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#ack-nack-and-resource-type-instance-version).
 */
export class Subscriptions {
  readonly #offers = new Map<string, Response>();
  /** Versions that were given, and of which the Envoy has not said yet what came of them. */
  readonly #given = new Map<string, string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  /** Answers all who wait for one of these. */
  offer(responses: Responses): void {
    for (const [name, response] of Object.entries(responses)) {
      this.#offers.set(name, response);
    }
    for (const name of Object.keys(responses)) {
      this.#changes.emit(name);
    }
  }

  withdraw(names: readonly string[]): void {
    for (const name of names) {
      this.#offers.delete(name);
    }
  }

  /** The Envoy's process has ended: the next one has been given nothing. */
  forget(): void {
    this.#given.clear();
  }

  /** Resolves to the answer as soon as there is one that the Envoy does not have; rejects when the signal aborts. */
  async next({ name, version, signal }: Question): Promise<Response> {
    const given = this.#given.get(name);
    this.#given.delete(name);
    if (given !== undefined && given !== version) {
      const newer = this.#otherThan(given, { name, signal });
      await Promise.race([newer, pause(secondOffer, undefined, { signal, ref: false })]);
    }
    const answer = await this.#otherThan(version, { name, signal });
    this.#given.set(name, answer.version_info);
    return answer;
  }

  async #otherThan(version: string, { name, signal }: Omit<Question, 'version'>): Promise<Response> {
    for (;;) {
      const offer = this.#offers.get(name);
      if (offer && offer.version_info !== version) {
        return offer;
      }
      await once(this.#changes, name, { signal });
    }
  }
}
