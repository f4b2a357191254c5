import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/load/document.ts';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import type { ApplyResponse, ObjectName } from '#mesh/run/api.ts';
import { noOverlay, type Overlay, withOverlay } from '#mesh/run/objects/overlay.ts';
import { keyOf, resourceName, type StoredObject } from '#mesh/run/objects/stored-object.ts';
import { clusterScoped } from '#mesh/schema/kinds.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';
import type { Resource } from '#mesh/schema/resource.ts';
import { warnedOnce } from '#mesh/schema/without-effect.ts';

/** Everything that is applied. A change makes a new snapshot, so that a refused one leaves nothing behind. */
export interface Snapshot {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly version: number;
}

export interface Change {
  readonly snapshot: Snapshot;
  readonly results: ApplyResponse['results'];
  readonly diagnostics: readonly Diagnostic[];
}

export function resourcesOf({ objects }: Snapshot): readonly Resource[] {
  return [...objects.values()].flatMap(({ resource }) => (resource ? [resource] : []));
}

/** The namespaces and accounts of a fresh mesh. */
export function initialSnapshot(): Snapshot {
  const file = new URL('built-in.yaml', import.meta.url);
  const { documents } = loadManifest({ file: 'built-in.yaml', text: readFileSync(file, 'utf8') });
  return merge({ objects: new Map(), version: 0 }, { documents, namespace: 'default', mode: 'apply' })
    .snapshot;
}

export interface MergeOptions {
  readonly documents: readonly ManifestDocument[];
  readonly namespace: string;
  readonly mode: 'apply' | 'create';
}

/** The snapshot with the documents in it, and what each of them does to it. */
export function merge(snapshot: Snapshot, { documents, namespace, mode }: MergeOptions): Change {
  const objects = new Map(snapshot.objects);
  const results: ApplyResponse['results'][number][] = [];
  const diagnostics: Diagnostic[] = [];
  let { version } = snapshot;
  for (const document of documents) {
    const parsed = parseDocument(document, namespace, objects);
    diagnostics.push(...parsed.diagnostics);
    if (!parsed.object) {
      continue;
    }
    const { object, previous } = parsed;
    const action = actionOf(object, previous);
    version += action === 'unchanged' ? 0 : 1;
    objects.set(keyOf(object), action === 'unchanged' && previous ? previous : { ...object, version });
    results.push({ ...nameOf(object), resource: resourceName(object), action });
    if (mode === 'create' && previous) {
      diagnostics.push(alreadyExists(object));
    }
  }
  diagnostics.push(...missingNamespaces(objects));
  return { snapshot: { objects, version }, results, diagnostics: warnedOnce(diagnostics) };
}

interface Parsed {
  readonly object?: StoredObject;
  readonly previous?: StoredObject;
  readonly diagnostics: readonly Diagnostic[];
}

function parseDocument(
  document: ManifestDocument,
  namespace: string,
  objects: ReadonlyMap<string, StoredObject>,
): Parsed {
  const plain = parseResources([document], { namespace });
  const found = plain.resources[0] ?? plain.unsupported[0];
  if (!found || hasErrors(plain.diagnostics)) {
    return { diagnostics: plain.diagnostics };
  }
  const name = { kind: found.kind, name: found.metadata.name, namespace: found.metadata.namespace };
  const previous = objects.get(keyOf(name));
  const overlay = previous ? keepOverlay(previous.overlay, document) : noOverlay;
  const resource = plain.resources[0] && overlaid({ document, overlay, namespace });
  const object: StoredObject = {
    ...name,
    apiVersion: found.apiVersion,
    document,
    overlay,
    uid: previous?.uid ?? randomUUID(),
    created: previous?.created ?? new Date(),
    version: 0,
    ...(resource && { resource }),
  };
  return { object, diagnostics: plain.diagnostics, ...(previous && { previous }) };
}

interface OverlaidOptions {
  readonly document: ManifestDocument;
  readonly overlay: Overlay;
  readonly namespace: string;
}

function overlaid({ document, overlay, namespace }: OverlaidOptions): Resource | undefined {
  const changed = { ...document, value: withOverlay(document.value, overlay) };
  return parseResources([changed], { namespace }).resources[0];
}

/** What the manifest says about a label wins over an earlier command. */
function keepOverlay(overlay: Overlay, document: ManifestDocument): Overlay {
  const value = document.value as { metadata?: { labels?: Record<string, string> } };
  const declared = value.metadata?.labels ?? {};
  const labels = Object.entries(overlay.labels).filter(([key]) => !Object.hasOwn(declared, key));
  return { ...overlay, labels: Object.fromEntries(labels) };
}

/** The snapshot with commands' changes to one object. */
export function withObjectOverlay(snapshot: Snapshot, stored: StoredObject, overlay: Overlay): Snapshot {
  const { document, namespace } = stored;
  const resource = stored.resource && overlaid({ document, overlay, namespace });
  const version = snapshot.version + 1;
  const objects = new Map(snapshot.objects);
  objects.set(keyOf(stored), { ...stored, overlay, version, ...(resource && { resource }) });
  return { objects, version };
}

/** The snapshot without the named objects; a namespace takes its objects with it. */
export function remove(snapshot: Snapshot, names: readonly ObjectName[]): Change {
  const objects = new Map(snapshot.objects);
  const results: ApplyResponse['results'][number][] = [];
  for (const name of names) {
    const stored = objects.get(keyOf(name));
    if (!stored) {
      continue;
    }
    const inside =
      stored.kind === 'Namespace'
        ? [...objects.values()].filter(({ namespace }) => namespace === stored.name)
        : [];
    for (const object of [stored, ...inside]) {
      objects.delete(keyOf(object));
    }
    results.push({ ...nameOf(stored), resource: resourceName(stored), action: 'deleted' });
  }
  return { snapshot: { objects, version: snapshot.version + results.length }, results, diagnostics: [] };
}

function actionOf(
  object: StoredObject,
  previous: StoredObject | undefined,
): 'created' | 'configured' | 'unchanged' {
  if (!previous) {
    return 'created';
  }
  const same = JSON.stringify(object.document.value) === JSON.stringify(previous.document.value);
  return same ? 'unchanged' : 'configured';
}

function nameOf({ kind, name, namespace }: ObjectName): ObjectName {
  return { kind, name, namespace };
}

function alreadyExists(object: StoredObject): Diagnostic {
  return {
    severity: 'error',
    code: 'AlreadyExists',
    message: `${resourceName(object)} already exists`,
    fix: 'use `apply` to change it',
    position: object.document.at(['metadata', 'name']),
    resource: `${object.kind} ${object.namespace}/${object.name}`,
  };
}

function missingNamespaces(objects: ReadonlyMap<string, StoredObject>): Diagnostic[] {
  return [...objects.values()]
    .filter(({ kind, namespace }) => !clusterScoped.has(kind) && namespace !== '')
    .filter(({ namespace }) => !objects.has(keyOf({ kind: 'Namespace', namespace: '', name: namespace })))
    .map((object) => ({
      severity: 'error' as const,
      code: 'M101-NAMESPACE',
      message: `there is no namespace ${JSON.stringify(object.namespace)}`,
      fix: 'create it first, as an object of kind Namespace in the same or an earlier file',
      position: object.document.at(['metadata']),
      resource: `${object.kind} ${object.namespace}/${object.name}`,
    }));
}
