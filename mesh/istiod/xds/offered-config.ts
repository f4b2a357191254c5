import { EventEmitter, once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { DeltaStream } from '#mesh/istiod/xds/delta-stream.ts';
import type { DeltaResponse } from '#mesh/istiod/xds/discovery-messages.ts';
import { discoveredBy, type Kind, kinds, type Offer, resourcesOf } from '#mesh/istiod/xds/resources.ts';

/** A resource's place among those of an Envoy. */
interface Place {
  readonly kind: Kind;
  readonly name: string;
}

/** The configuration offered to one Envoy, and how much of it the Envoy has acknowledged. Only differences are offered again. */
export class OfferedConfig {
  readonly #offers = offersBy(() => new Map<string, Offer>());
  readonly #events = new EventEmitter().setMaxListeners(0);
  #stream: DeltaStream | undefined;
  #config: EnvoyConfig | undefined;
  /** The resources for which an Envoy with this configuration asks; nothing waits for a secret. */
  #required: readonly Place[] = [];
  #changedAt = new Date();

  /** When the last offer that held anything new was made. */
  get changedAt(): Date {
    return this.#changedAt;
  }

  /** From each resource (`routes/http_proxy`) but the secrets to the version that the Envoy is to have. */
  get versions(): ReadonlyMap<string, string> {
    return new Map(
      kinds
        .filter((kind) => kind !== 'secrets')
        .flatMap((kind) =>
          [...this.#offers[kind]].map(([name, { version }]) => [`${kind}/${name}`, version]),
        ),
    );
  }

  versionOf(kind: Kind, name: string): string | undefined {
    return this.#offers[kind].get(name)?.version;
  }

  /** The resources that the Envoy has asked for and not acknowledged: `clusters/outbound|80||web`. */
  get pending(): readonly string[] {
    return this.#required
      .filter((place) => !this.#isAcknowledged(place))
      .map(({ kind, name }) => `${kind}/${name}`);
  }

  /** Offers what is new, under this version. Returns the kinds of what was. */
  offer(config: EnvoyConfig, version: string): ReadonlySet<Kind> {
    const changed = new Set<Kind>();
    if (config === this.#config) return changed;
    this.#config = config;
    const resources = resourcesOf(config);
    const { routes, extension_configs, filters } = discoveredBy(config.listeners);
    for (const kind of kinds) {
      const more = kind === 'routes' ? { version, filters } : { version };
      if (this.#update(kind, resources[kind], more)) changed.add(kind);
    }
    const asked = (kind: Kind, names?: ReadonlySet<string>) =>
      [...resources[kind].keys()].filter((name) => names?.has(name) ?? true).map((name) => ({ kind, name }));
    this.#required = [
      ...[...asked('clusters'), ...asked('endpoints'), ...asked('listeners')],
      ...[...asked('routes', routes), ...asked('extension_configs', extension_configs)],
    ];
    if (changed.size > 0) this.#offered();
    return changed;
  }

  /** Offers secrets, beside those of files. Nothing waits until the Envoy has taken them over. */
  offerSecrets(secrets: ReadonlyMap<string, JsonObject>, version: string): void {
    if (this.#add('secrets', secrets, { version })) this.#stream?.push();
  }

  /** Tells an Envoy on its stream from now on. Returns that stream, to be given what the Envoy says. */
  connect(send: (response: DeltaResponse) => void): DeltaStream {
    this.#stream?.close();
    const stream = new DeltaStream({
      offers: () => this.#config && this.#offers,
      send,
      onChange: () => this.#events.emit('change'),
    });
    this.#stream = stream;
    return stream;
  }

  /** The stream has come to its end; another one may have taken its place. */
  disconnect(stream: DeltaStream): void {
    stream.close();
    if (this.#stream === stream) this.#stream = undefined;
    this.#events.emit('change');
  }

  /**
   * Resolves when the Envoy has acknowledged all that it asks for; to the reason, when it has refused something. Rejects when
   * the signal aborts.
   */
  async settled(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const reason = this.#refusal;
      if (reason !== undefined) return reason;
      if (this.#config && this.#required.every((place) => this.#isAcknowledged(place))) return undefined;
      await once(this.#events, 'change', { signal });
    }
  }

  get #refusal(): string | undefined {
    const reasons = this.#required.flatMap(({ kind, name }) => {
      const refusal = this.#stream?.refused(kind, name);
      return refusal && refusal.version === this.versionOf(kind, name) ? [refusal.reason] : [];
    });
    return reasons.length > 0 ? [...new Set(reasons)].join('; ') || 'Envoy gave no reason' : undefined;
  }

  #isAcknowledged({ kind, name }: Place): boolean {
    return this.#stream?.acknowledged(kind, name) === this.versionOf(kind, name);
  }

  #offered(): void {
    this.#changedAt = new Date();
    this.#stream?.push();
    this.#events.emit('change');
  }

  #update(kind: Kind, resources: ReadonlyMap<string, JsonObject>, more: Omit<Offer, 'resource'>): boolean {
    const offers = this.#offers[kind];
    // Secrets of the runner are offered by themselves.
    const gone = kind === 'secrets' ? [] : [...offers.keys()].filter((name) => !resources.has(name));
    for (const name of gone) offers.delete(name);
    return this.#add(kind, resources, more) || gone.length > 0;
  }

  #add(kind: Kind, resources: ReadonlyMap<string, JsonObject>, more: Omit<Offer, 'resource'>): boolean {
    const offers = this.#offers[kind];
    let isNew = false;
    for (const [name, resource] of resources) {
      const known = offers.get(name);
      if (isDeepStrictEqual(known?.resource, resource) && isDeepStrictEqual(known?.filters, more.filters))
        continue;
      offers.set(name, { ...more, resource });
      isNew = true;
    }
    return isNew;
  }
}

function offersBy<Value>(make: () => Value): Readonly<Record<Kind, Value>> {
  return Object.fromEntries(kinds.map((kind) => [kind, make()])) as Record<Kind, Value>;
}
