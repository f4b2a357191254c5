import type { DeltaRequest, DeltaResponse } from '#mesh/istiod/xds/discovery-messages.ts';
import { encodeAny } from '#mesh/istiod/xds/encode-message.ts';
import {
  inVersion,
  isWildcard,
  type Kind,
  kinds,
  messageTypes,
  type Offer,
  type Resources,
} from '#mesh/istiod/xds/resources.ts';

const NOTHING: Offer = { version: '', resource: {} };

/** How long a resource that was refused is kept back before it is told again, ms. */
const secondOffer = 1_000;

export interface Refusal {
  readonly version: string;
  readonly reason: string;
}

export interface DeltaStreamOptions {
  /** Undefined until it is known what the Envoy is to have. */
  readonly offers: () => Resources<Offer> | undefined;
  readonly send: (response: DeltaResponse) => void;
  /** Called when an answer has been acknowledged or refused. */
  readonly onChange: () => void;
}

/** The resources of one kind that the Envoy got, and its answers, by name. */
class Subscription {
  readonly names = new Set<string>();
  readonly sent = new Map<string, string>();
  readonly acknowledged = new Map<string, string>();
  readonly refused = new Map<string, Refusal>();
  /** Whether there has been an answer. */
  answered = false;

  /** It is to be told again. */
  forget(name: string): void {
    this.sent.delete(name);
    this.acknowledged.delete(name);
    this.refused.delete(name);
  }
}

/** The versions of one answer, and the names of what is gone. */
interface Answer {
  readonly versions: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

/** One stream of one Envoy, on which it asks for everything and is told what has changed (incremental ADS). */
export class DeltaStream {
  readonly #options: DeltaStreamOptions;
  readonly #subscriptions = new Map<Kind, Subscription>();
  readonly #unanswered = new Map<string, Answer>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #nonce = 0;

  constructor(options: DeltaStreamOptions) {
    this.#options = options;
  }

  acknowledged(kind: Kind, name: string): string | undefined {
    return this.#subscriptions.get(kind)?.acknowledged.get(name);
  }

  refused(kind: Kind, name: string): Refusal | undefined {
    return this.#subscriptions.get(kind)?.refused.get(name);
  }

  receive(request: DeltaRequest): void {
    const kind = kinds.find((one) => request.type_url === urlOf(one));
    if (!kind) return;
    const subscription = this.#subscriptions.get(kind) ?? new Subscription();
    this.#subscriptions.set(kind, subscription);
    this.#close(kind, subscription, request);
    for (const name of request.resource_names_unsubscribe) {
      subscription.names.delete(name);
      subscription.forget(name);
    }
    for (const name of request.resource_names_subscribe) {
      subscription.names.add(name);
      subscription.sent.delete(name);
    }
    // Of a former stream it may have what is gone by now; of what there is it recognizes what it has.
    for (const name of Object.keys(request.initial_resource_versions)) subscription.sent.set(name, '');
    this.#tell(kind);
  }

  /** Tells the Envoy what it does not have yet, and again what it has refused. */
  push(): void {
    for (const { refused, sent } of this.#subscriptions.values()) {
      for (const name of refused.keys()) sent.delete(name);
    }
    for (const kind of kinds) this.#tell(kind);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Takes note of what came of the answer that the request is about. */
  #close(kind: Kind, subscription: Subscription, { response_nonce, error_detail }: DeltaRequest): void {
    const answer = this.#unanswered.get(response_nonce);
    if (!answer) return;
    this.#unanswered.delete(response_nonce);
    for (const [name, version] of answer.versions) {
      // A resource that was sent again since then counts by the later answer.
      if (subscription.sent.get(name) !== version) continue;
      if (!error_detail) subscription.acknowledged.set(name, version);
      else subscription.refused.set(name, { version, reason: plainReason(error_detail.message) });
    }
    if (error_detail) this.#offerAgain(kind, subscription, answer);
    this.#options.onChange();
  }

  #offerAgain(kind: Kind, { refused, sent }: Subscription, { versions, removed }: Answer): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const [name, version] of versions) if (refused.get(name)?.version === version) sent.delete(name);
      for (const name of removed) if (!sent.has(name)) sent.set(name, '');
      this.#tell(kind);
    }, secondOffer).unref();
    this.#timers.add(timer);
  }

  #tell(kind: Kind): void {
    const subscription = this.#subscriptions.get(kind);
    const offers = this.#options.offers()?.[kind];
    if (!subscription || !offers) return;
    const { sent } = subscription;
    const wanted = isWildcard(kind) ? offers.keys() : subscription.names;
    const changed = [...wanted].filter(
      (name) => offers.has(name) && offers.get(name)?.version !== sent.get(name),
    );
    const removed = isWildcard(kind) ? [...sent.keys()].filter((name) => !offers.has(name)) : [];
    // An Envoy starts only when it has heard of all clusters and listeners, be there none.
    const isAwaited = isWildcard(kind) && !subscription.answered;
    if (changed.length === 0 && removed.length === 0 && !isAwaited) return;
    subscription.answered = true;
    // An Envoy that is told a cluster anew waits for its endpoints, without asking for them.
    if (kind === 'clusters') for (const name of changed) this.#subscriptions.get('endpoints')?.forget(name);
    this.#answer(kind, subscription, { changed, removed });
  }

  #answer(
    kind: Kind,
    subscription: Subscription,
    { changed, removed }: { readonly changed: readonly string[]; readonly removed: readonly string[] },
  ): void {
    const offers = this.#options.offers()?.[kind];
    const versions = new Map<string, string>();
    const resources = changed.flatMap((name) => {
      const offer = offers?.get(name) ?? NOTHING;
      const { version } = offer;
      subscription.forget(name);
      subscription.sent.set(name, version);
      try {
        const encoded = { name, version, resource: encodeAny(inVersion(kind, offer)) };
        versions.set(name, version);
        return [encoded];
      } catch (error) {
        // A field that Envoy does not have: it would refuse it as well.
        subscription.refused.set(name, { version, reason: (error as Error).message });
        this.#options.onChange();
        return [];
      }
    });
    for (const name of removed) subscription.forget(name);
    this.#nonce += 1;
    const nonce = String(this.#nonce);
    this.#unanswered.set(nonce, { versions, removed });
    this.#options.send({ type_url: urlOf(kind), nonce, resources, removed_resources: removed });
  }
}

function urlOf(kind: Kind): string {
  return `type.googleapis.com/${messageTypes[kind]}`;
}

/** On one line, without the mark by which protobuf says that nobody may parse the text. */
function plainReason(reason: string): string {
  return reason
    .replaceAll(/goo\.gle\/debug\w+/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
