import type { Api } from '#mesh/apiserver/api.ts';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import type { KindFacts } from '#mesh/apiserver/kind-facts.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import { analysisOfStore } from '#mesh/istiod/analysis/analyze.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { keyOf, type Pending, resourcesIn } from '#mesh/istiod/config/resources.ts';
import { stepsOf } from '#mesh/istiod/config/schema/field-path.ts';
import { objectName } from '#mesh/istiod/config/schema/identify.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind, podOwners, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { checkCommands } from '#mesh/kubelet/pods/container-command.ts';
import { checkTables } from '#mesh/kubelet/pods/image-source.ts';
import type { ImageTable } from '#mesh/kubelet/pods/images.ts';
import { checkPlayed } from '#mesh/kubelet/stand-ins/check-played.ts';
import type { ApplyRequest, ApplyResponse } from '#mesh/run/api.ts';
import { RefusedError } from '#mesh/run/apply/publisher.ts';
import { lastApplied, threeWayMerge } from '#mesh/run/apply/three-way-merge.ts';

type Result = ApplyResponse['results'][number];

/** Named as kubectl's, so that a later `kubectl apply` of the same file goes on from here. */
const manager = 'kubectl-client-side-apply';

interface Wanted {
  readonly type: ResourceType;
  readonly document: ManifestDocument;
  readonly draft: DraftObject;
  readonly namespace: string | undefined;
}

export interface FileApplierOptions {
  readonly api: Api;
  /** How lists of a kind are merged. */
  readonly facts: Pick<KindFacts, 'patchSchema'>;
  readonly images: { tableFor(resources: readonly Resource[]): ImageTable };
  /** The folder to which the paths of tables in ConfigMaps are relative. */
  readonly cwd?: string;
}

/**
 * Applies files as `kubectl apply` does, for `mesh up`: every mistake in them is found before anything is changed, and named
 * by file and line.
 */
export class FileApplier {
  readonly #options: FileApplierOptions;

  constructor(options: FileApplierOptions) {
    this.#options = options;
  }

  async apply({ files, namespace, dryRun = false }: ApplyRequest): Promise<ApplyResponse> {
    const { documents, diagnostics } = this.#checked(files, namespace);
    if (hasErrors(diagnostics)) return { results: [], diagnostics };
    const wanted = lastOfEach(documents.flatMap((document) => this.#wanted(document, namespace) ?? []));
    const results: Result[] = [];
    const failures: Diagnostic[] = [];
    // What others need comes first; the rest is brought to the Envoys together.
    for (const group of groups(wanted)) {
      const done = await Promise.all(group.map((one) => this.#applyOne(one, dryRun)));
      for (const one of done) 'severity' in one ? failures.push(one) : results.push(one);
    }
    const found = dryRun ? this.#analysis(wanted) : this.#analysis(wanted, []);
    return { results, diagnostics: [...diagnostics, ...failures, ...found] };
  }

  /** What an apply would report, without doing anything; without files, the mistakes in everything that is stored. */
  analyze({ files, namespace }: ApplyRequest): readonly Diagnostic[] {
    if (files.length === 0) return analysisOfStore(this.#options.api.store);
    const { documents, diagnostics } = this.#checked(files, namespace);
    const wanted = documents.flatMap((document) => this.#wanted(document, namespace) ?? []);
    return [...diagnostics, ...this.#analysis(wanted)];
  }

  #checked(files: ApplyRequest['files'], namespace: string) {
    const { images, cwd = '/' } = this.#options;
    const loaded = loadManifests(files);
    const parsed = parseResources(loaded.documents, { namespace });
    const stored = resourcesIn(this.#options.api.store, []);
    const table = images.tableFor([...parsed.resources, ...ofKind(stored, 'ConfigMap')]);
    const commands = [
      ...checkTables(parsed.resources, cwd),
      ...checkCommands(podOwners(parsed.resources), table),
      ...checkPlayed({ resources: parsed.resources, stored, images: table }),
    ];
    return {
      documents: loaded.documents,
      diagnostics: [...loaded.diagnostics, ...parsed.diagnostics, ...commands],
    };
  }

  /** Nothing for what could never be stored: the checks have told the mistake. */
  #wanted(document: ManifestDocument, namespace: string): Wanted | undefined {
    const { value } = document;
    if (!isNamed(value)) return undefined;
    const type = this.#options.api.types.ofKind(value.apiVersion, value.kind);
    if (!type) return undefined;
    const name = objectName(value, { kind: type.kind, namespace });
    return { type, document, draft: value, namespace: type.namespaced ? name.namespace : undefined };
  }

  /** Dangling references are no reason to refuse, since their objects may come later. A warning names file and line. */
  #analysis(wanted: readonly Wanted[], pending = wanted.map(toPending)): readonly Diagnostic[] {
    const titles = new Map(
      wanted.map(({ draft, namespace, document }) => [titleOf(draft, namespace), document]),
    );
    return analysisOfStore(this.#options.api.store, pending).flatMap((diagnostic) => {
      const document = titles.get(diagnostic.resource ?? '');
      if (!document) return [];
      const { position, ...rest } = diagnostic;
      const severity = rest.severity === 'error' ? ('warning' as const) : rest.severity;
      return [{ ...rest, severity, position: document.at(position?.steps ?? []) }];
    });
  }

  async #applyOne(wanted: Wanted, dryRun: boolean): Promise<Result | Diagnostic> {
    const { type, draft, namespace } = wanted;
    const { api, facts } = this.#options;
    const name = draft.metadata.name ?? '';
    const key = { namespace, name };
    const options = { manager, dryRun, fieldValidation: 'Strict' as const };
    const done = (action: Result['action']): Result => ({
      kind: type.kind,
      ...{ name, namespace: namespace ?? '', action },
      resource: `${type.singular}${type.group ? `.${type.group}` : ''}/${name}`,
    });
    try {
      const before = api.store.get(resourceKey(type), key);
      if (!before) {
        await api.create(type, lastApplied(draft, namespace), { ...options, namespace });
        return done('created');
      }
      const schema = facts.patchSchema(type, type.version);
      const change = (current: KubernetesObject) => threeWayMerge(current, draft, schema);
      const { object } = await api.update(type, key, change, options);
      return done(object === before ? 'unchanged' : 'configured');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return failure(wanted, error);
    }
  }
}

function isNamed(value: unknown): value is DraftObject {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind } = value as Partial<Record<string, unknown>>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  return objectName(value, { kind, namespace: '' }).name !== '';
}

/** Of an object that stands in several files the last one holds. */
function lastOfEach(wanted: readonly Wanted[]): readonly Wanted[] {
  const keyed = wanted.map(
    (one) => [`${resourceKey(one.type)} ${one.namespace} ${one.draft.metadata.name}`, one] as const,
  );
  return [...new Map(keyed).values()];
}

function toPending({ type, draft, namespace }: Wanted): Pending {
  const metadata = {
    ...draft.metadata,
    name: draft.metadata.name ?? '',
    ...(namespace !== undefined && { namespace }),
    ...{ uid: '', resourceVersion: '', creationTimestamp: '9999' },
  };
  const after: KubernetesObject = { ...draft, metadata };
  return { type, key: keyOf(after), after };
}

function titleOf({ kind, metadata }: DraftObject, namespace: string | undefined): string {
  const name = metadata.name ?? '';
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

const first: readonly string[] = ['CustomResourceDefinition', 'Namespace'];

/** Definitions, then namespaces, then what the pods need, then the rest. */
function groups(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const rank = ({ type: { kind, group } }: Wanted) => {
    const early = first.indexOf(kind);
    if (early >= 0) return early;
    return group === '' ? 2 : 3;
  };
  return [0, 1, 2, 3].map((wish) => wanted.filter((one) => rank(one) === wish));
}

/** A refusal at the field that it names. */
function failure({ draft, document, namespace }: Wanted, error: ApiError): Diagnostic {
  const field = error.details?.causes?.[0]?.field;
  return {
    severity: 'error',
    code: error.cause instanceof RefusedError ? 'M101-REJECTED' : error.reason,
    message: error.message,
    position: document.at(field ? stepsOf(field, draft) : ['metadata', 'name']),
    resource: titleOf(draft, namespace),
  };
}
