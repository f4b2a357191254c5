import { createHash } from 'node:crypto';
import type { Api } from '#mesh/apiserver/api.ts';
import { type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { typeOf } from '#mesh/controllers/workload.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { analysisOfStore } from '#mesh/istiod/analysis/analyze.ts';
import { GROUP } from '#mesh/istiod/config/gateway-api/objects.ts';
import { isGatewayApi } from '#mesh/istiod/config/gateway-api/read.ts';
import { isReadResource, resourceTitle } from '#mesh/istiod/config/resources.ts';

/** One look at everything answers every change. */
const everything = 'mesh';
/** Of one analysis; a mesh with more mistakes has its first ones told. */
const mostEvents = 500;

const groups: ReadonlySet<string> = new Set([
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  GROUP,
]);

/**
 * Keeps an Event for each present message of the analysis on the object of Istio or Gateway API that it is about, for `kubectl describe` and
 * `kubectl get events`. It goes when the message does.
 */
export class AnalysisEvents implements Controller {
  readonly name = 'istiod';
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  concerns({ type, resource, object, previous }: StoreEvent): readonly string[] {
    if (!isReadResource(resource) && !isGatewayApi(resource)) return [];
    // Controllers write the status, about which the analysis says nothing.
    const same = type === 'MODIFIED' && object.metadata.generation === previous?.metadata.generation;
    return same && object.metadata.generation !== undefined ? [] : [everything];
  }

  async sync(): Promise<undefined> {
    const wanted = this.#wanted();
    const type = typeOf(this.#api, 'events');
    for (const event of this.#own()) {
      const key = keyOf(event.metadata);
      if (wanted.has(key)) wanted.delete(key);
      else if (this.#api.store.get('events', event.metadata))
        await this.#api.delete(type, event.metadata, { manager: this.name });
    }
    for (const event of wanted.values()) await this.#write(event);
    return undefined;
  }

  /** An object, or its namespace, may be on its way out. */
  async #write(event: AnalysisEvent): Promise<void> {
    const { namespace } = event.metadata;
    const options = { manager: this.name, namespace };
    await this.#api.create(typeOf(this.#api, 'events'), event, options).catch(() => undefined);
  }

  #own(): readonly KubernetesObject[] {
    return this.#api.store
      .list('events')
      .filter((event) => event['reportingComponent'] === component && event['reason'] !== undefined);
  }

  #wanted(): Map<string, AnalysisEvent> {
    const objects = new Map(this.#objects().map((object) => [titleIn(groupOf(object), object), object]));
    const events = analysisOfStore(this.#api.store).flatMap((diagnostic) => {
      const object = objects.get(`${diagnostic.group ?? ''} ${diagnostic.resource}`);
      return object && diagnostic.severity !== 'info' ? [eventOf(object, diagnostic)] : [];
    });
    return new Map(events.slice(0, mostEvents).map((event) => [keyOf(event.metadata), event]));
  }

  #objects(): readonly KubernetesObject[] {
    const { store, types } = this.#api;
    return types.all
      .filter(({ group }) => groups.has(group))
      .flatMap((type) => store.list(resourceKey(type)));
  }
}

/** Istio's kinds are told apart by their names, and there are two of the name Gateway. */
function groupOf({ apiVersion }: KubernetesObject): string {
  return apiVersion.startsWith(`${GROUP}/`) ? GROUP : '';
}

function titleIn(group: string, object: KubernetesObject): string {
  return `${group} ${resourceTitle(object)}`;
}

const component = 'istio-analyze';

type AnalysisEvent = ReturnType<typeof eventOf>;

function eventOf(object: KubernetesObject, { code, message, fix, position }: Diagnostic) {
  const { apiVersion, kind, metadata } = object;
  const { name, uid, namespace = 'default', resourceVersion } = metadata;
  const fieldPath = position?.path;
  const digest = createHash('sha256').update([uid, code, message, fieldPath].join('\0')).digest('hex');
  const now = timestamp(new Date());
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${digest.slice(0, 16)}`, namespace },
    involvedObject: {
      ...{ apiVersion, kind, name, namespace, uid, resourceVersion },
      ...(fieldPath !== undefined && { fieldPath }),
    },
    ...{ type: 'Warning', reason: code, message: fix ? `${message} (${fix})` : message },
    ...{ count: 1, firstTimestamp: now, lastTimestamp: now },
    source: { component },
    ...{ reportingComponent: component, reportingInstance: '' },
  };
}

function keyOf({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
