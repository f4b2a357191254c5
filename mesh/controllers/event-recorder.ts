import type { Api } from '#mesh/apiserver/api.ts';
import { type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import { typeOf } from '#mesh/controllers/workload.ts';

/** Events that are kept for one mesh; the oldest go first. */
const mostEvents = 2_000;

export interface Occurrence {
  readonly type: 'Normal' | 'Warning';
  /** In CamelCase: `Scheduled`, `BackOff`. */
  readonly reason: string;
  readonly message: string;
  /** The field that it is about: `spec.containers{web}`. */
  readonly fieldPath?: string;
}

/** Records what happens to objects, for `kubectl describe` and `kubectl get events`. */
export class EventRecorder {
  readonly #api: Api;
  readonly #component: string;
  /** The names of recorded events, by what they say. */
  readonly #names = new Map<string, string>();

  constructor(api: Api, component: string) {
    this.#api = api;
    this.#component = component;
  }

  /** A repeated event counts up. Never fails: an event is not worth an error. */
  async record(object: KubernetesObject, occurrence: Occurrence): Promise<void> {
    try {
      await this.#write(object, occurrence);
    } catch {
      // The namespace may be terminating.
    }
  }

  async #write(
    object: KubernetesObject,
    { type, reason, message, fieldPath = '' }: Occurrence,
  ): Promise<void> {
    const api = this.#api;
    const events = typeOf(api, 'events');
    const { name, uid } = object.metadata;
    const namespace = object.metadata.namespace ?? 'default';
    const now = timestamp(new Date());
    const identity = [uid, reason, message, fieldPath, this.#component].join('\0');
    const known = this.#names.get(identity);
    const key = { namespace, name: known ?? `${name}.${nextMoment()}` };
    if (known !== undefined && api.store.get('events', key)) {
      const again = (before: KubernetesObject) => ({
        ...before,
        count: Number(before['count'] ?? 1) + 1,
        lastTimestamp: now,
      });
      await api.update(events, key, again, { manager: this.#component, trusted: true });
      return;
    }
    this.#remember(identity, key.name);
    const { apiVersion, kind, metadata } = object;
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: key.name },
      involvedObject: {
        ...{ apiVersion, kind, name, namespace, uid, resourceVersion: metadata.resourceVersion },
        ...(fieldPath && { fieldPath }),
      },
      ...{ type, reason, message, count: 1, firstTimestamp: now, lastTimestamp: now },
      source: { component: this.#component },
      reportingComponent: this.#component,
      reportingInstance: '',
    };
    await api.create(events, event, { manager: this.#component, namespace, trusted: true });
    await this.#forgetOldest();
  }

  #remember(identity: string, name: string): void {
    this.#names.delete(identity);
    this.#names.set(identity, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > mostEvents && oldest !== undefined) this.#names.delete(oldest);
  }

  async #forgetOldest(): Promise<void> {
    const events = this.#api.store.list('events');
    if (events.length <= mostEvents) return;
    const oldest = [...events]
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .slice(0, events.length - mostEvents);
    for (const { metadata } of oldest) {
      if (!this.#api.store.get('events', metadata)) continue;
      await this.#api.delete(typeOf(this.#api, 'events'), metadata, { manager: this.#component });
    }
  }
}

let last = 0n;

/** Now, in nanoseconds as hexadecimal digits: lists are sorted by name, and so show an object's events as they came. */
function nextMoment(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  last = now > last ? now : last + 1n;
  return last.toString(16);
}
