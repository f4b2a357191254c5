import { badRequest, gone } from '#mesh/apiserver/api-error.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { selectorOf } from '#mesh/apiserver/http/list.ts';
import { inVersion, represented } from '#mesh/apiserver/http/respond.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { apiVersionOf, resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { ObjectPredicate } from '#mesh/apiserver/selector.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';

/** Milliseconds between bookmarks, so that a client that sees no changes still knows a recent version. */
const bookmarkPause = 60_000;
/** Milliseconds after which a watch ends and clients begin anew, as in a cluster. */
const longestWatch = 45 * 60_000;
/** Bytes that may wait for a client; one that is slower is cut off and lists again. */
const longestBacklog = 32 * 1024 * 1024;

/** GET with `watch=1`: a line of JSON for each change, until the client leaves. */
export function answerWatch(call: Call): void {
  const watch = new Watch(call);
  watch.begin();
}

class Watch {
  readonly #call: Call;
  readonly #resource: string;
  readonly #selects: ObjectPredicate;

  constructor(call: Call) {
    this.#call = call;
    this.#resource = resourceKey(call.type);
    const selected = selectorOf(call);
    const { namespace, name } = call;
    this.#selects = (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      selected(object);
  }

  begin(): void {
    const { query, response, api } = this.#call;
    const from = versionOf(query);
    // Before the answer begins, so that a mistake in them gets a separate answer.
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    const missed = from === undefined ? undefined : api.store.since(this.#resource, from);
    if (from !== undefined && missed === undefined) {
      this.#end(gone(`too old resource version: ${from} (${api.store.version})`).status);
      return;
    }
    if (missed) for (const event of missed) this.#tell(event);
    else this.#tellAll();
    this.#follow();
  }

  /** Everything that is there, as if it came now. */
  #tellAll(): void {
    const { query, api } = this.#call;
    for (const object of api.store.list(this.#resource).filter(this.#selects)) this.#write('ADDED', object);
    if (query.get('sendInitialEvents') === 'true') this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #follow(): void {
    const { api, query, response } = this.#call;
    const ends = api.store.subscribe((event) => event.resource === this.#resource && this.#tell(event));
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    const marking = bookmarks ? setInterval(() => this.#bookmark(), bookmarkPause) : undefined;
    const seconds = Number(query.get('timeoutSeconds') || 0);
    const ending = setTimeout(() => response.end(), seconds > 0 ? seconds * 1000 : longestWatch);
    response.once('close', () => {
      ends();
      clearInterval(marking);
      clearTimeout(ending);
    });
  }

  /** A change as this watch sees it: what begins to be selected is added, what ceases to be is deleted. */
  #tell({ type, object, previous }: StoreEvent): void {
    const now = type !== 'DELETED' && this.#selects(object);
    const before = previous !== undefined && this.#selects(previous);
    if (now) this.#write(before ? 'MODIFIED' : 'ADDED', object);
    else if (before) this.#write('DELETED', type === 'DELETED' ? object : lastSeen(previous, object));
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { type, version, api } = this.#call;
    const metadata = {
      resourceVersion: String(api.store.version),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    this.#line('BOOKMARK', { kind: type.kind, apiVersion: apiVersionOf(type.group, version), metadata });
  }

  #write(type: StoreEvent['type'], object: KubernetesObject): void {
    const { representation } = this.#call;
    // Most watches want the object as it is, and many the same one.
    if (representation.as === 'object') this.#raw(lineOf(type, inVersion(object, this.#call)));
    else this.#line(type, represented(this.#call, object));
  }

  #line(type: string, object: unknown): void {
    this.#raw(`${JSON.stringify({ type, object })}\n`);
  }

  #raw(line: string): void {
    const { response } = this.#call;
    if (response.destroyed) return;
    response.write(line);
    if (response.writableLength > longestBacklog) response.destroy();
  }

  #end(status: unknown): void {
    this.#line('ERROR', status);
    this.#call.response.end();
  }
}

/** With the version of the change that took it out of sight. */
function lastSeen(
  previous: KubernetesObject,
  { metadata: { resourceVersion } }: KubernetesObject,
): KubernetesObject {
  return { ...previous, metadata: { ...previous.metadata, resourceVersion } };
}

/** The version after which changes are wanted; undefined: begin with everything that is there. */
function versionOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  if (text === '' || text === '0' || initial === 'true') return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text)}`);
  return Number(text);
}

const lines = new WeakMap<KubernetesObject, Map<string, string>>();

/** Made once for all watches of an object's state. */
function lineOf(type: string, object: KubernetesObject): string {
  let known = lines.get(object);
  if (!known) {
    known = new Map();
    lines.set(object, known);
  }
  let line = known.get(type);
  if (line === undefined) {
    line = `${JSON.stringify({ type, object })}\n`;
    known.set(type, line);
  }
  return line;
}
