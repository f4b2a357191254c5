import { ApiError, alreadyExists, conflict, invalid, notFound } from '#mesh/apiserver/api-error.ts';
import { deletionStep, isHeld, type NamespaceLifecycle } from '#mesh/apiserver/deletion.ts';
import { inGeneration, isSame, newMetadata, updatedObject } from '#mesh/apiserver/metadata.ts';
import type {
  DeleteOptions,
  DraftObject,
  KubernetesObject,
  WriteOptions,
  Written,
} from '#mesh/apiserver/object.ts';
import {
  apiVersionOf,
  type ResourceType,
  type ResourceTypes,
  resourceKey,
} from '#mesh/apiserver/resource-type.ts';
import type { Admission, Change, FieldManagers, ObjectRules, UnknownField } from '#mesh/apiserver/rules.ts';
import type { ObjectKey, Store } from '#mesh/apiserver/store/store.ts';

export interface ApiOptions {
  readonly store: Store;
  readonly types: ResourceTypes;
  readonly rules: ObjectRules;
  readonly managers: FieldManagers;
  readonly admit: Admission;
  /** What every new object goes through before it is checked, as the webhooks of a cluster change it. */
  readonly mutate?: (draft: DraftObject, type: ResourceType) => DraftObject;
  /** Absent: namespaces need not be there. */
  readonly namespaces?: NamespaceLifecycle;
  readonly now?: () => Date;
}

/** How often a change is tried anew on an object that others change at the same time. */
const attempts = 10;

/**
 * Every write to the store, by clients and by the mesh's own controllers: default, validate, admit, store. Reads go to
 * the store itself.
 */
export class Api {
  readonly store: Store;
  readonly types: ResourceTypes;
  readonly #options: ApiOptions;
  readonly #now: () => Date;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.store = options.store;
    this.types = options.types;
    this.#now = options.now ?? (() => new Date());
  }

  /** @throws ApiError 404 */
  get(type: ResourceType, key: ObjectKey): KubernetesObject {
    const object = this.store.get(resourceKey(type), key);
    if (!object) throw notFound(type, key.name);
    return object;
  }

  /** @throws ApiError 400, 403, 404, 409, 422, and what the admission refuses */
  async create(
    type: ResourceType,
    draft: DraftObject,
    { namespace, ...options }: WriteOptions & { readonly namespace?: string | undefined },
  ): Promise<Written<KubernetesObject>> {
    const metadata = newMetadata(draft, type, { namespace, now: this.#now() });
    const { namespaces } = this.#options;
    const isPlaced = () => void (options.trusted || namespaces?.checkNew({ ...draft, metadata }, type));
    isPlaced();
    const { status, ...rest } = draft;
    const own = type.subresources.includes('status') || status === undefined ? rest : { ...rest, status };
    const mutated = this.#options.mutate?.({ ...own, metadata }, type) ?? { ...own, metadata };
    const { object, warnings } = this.#shaped(mutated, type, options);
    const stored = this.#tracked(object, undefined, { ...options, apiVersion: draft.apiVersion });
    const absent = () => {
      if (this.store.get(resourceKey(type), stored.metadata)) throw alreadyExists(type, stored.metadata.name);
    };
    absent();
    const check = () => {
      absent();
      isPlaced();
    };
    return this.#commit({ type, before: undefined, after: stored }, { ...options, warnings, check });
  }

  /**
   * Changes an object that exists. `change` is called again when the object has been changed by others meanwhile; a result
   * that names the resourceVersion of a former one is then refused.
   *
   * @throws ApiError 404, 409, 422, what `change` throws, and what the admission refuses
   */
  async update(
    type: ResourceType,
    key: ObjectKey,
    change: (before: KubernetesObject) => DraftObject,
    options: WriteOptions,
  ): Promise<Written<KubernetesObject>> {
    for (let attempt = 1; ; attempt += 1) {
      const before = this.get(type, key);
      const next = change(before);
      try {
        return await this.#replace(type, { before, next, options });
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || attempt === attempts) throw error;
      }
    }
  }

  /** @throws ApiError 403, 404, 409 */
  async delete(
    type: ResourceType,
    key: ObjectKey,
    options: DeleteOptions,
  ): Promise<Written<KubernetesObject>> {
    this.#options.namespaces?.checkEnd(type, key.name);
    for (let attempt = 1; ; attempt += 1) {
      const before = this.get(type, key);
      const after = deletionStep(type, before, { ...options, now: this.#now() });
      if (after === before) return { object: before, warnings: [] };
      try {
        return await this.#commit(
          { type, before, after },
          { ...options, check: () => this.#unchanged(type, before) },
        );
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || attempt === attempts) throw error;
      }
    }
  }

  async #replace(
    type: ResourceType,
    { before, next, options }: { before: KubernetesObject; next: DraftObject; options: WriteOptions },
  ): Promise<Written<KubernetesObject>> {
    const merged = updatedObject(next, before, { type, subresource: options.subresource });
    // Controllers look often, and mostly find things as they should be.
    if (isSame(before, merged)) return { object: before, warnings: [] };
    const { object: shaped, warnings } = this.#shaped(merged, type, options, before);
    const object = inGeneration(shaped, before, options.subresource);
    const tracked = this.#tracked(object, before, { ...options, apiVersion: next.apiVersion });
    if (isSame(before, tracked)) return { object: before, warnings };
    // What only its finalizers held goes with the last of them.
    const ended = tracked.metadata.deletionTimestamp !== undefined && isHeld(before) && !isHeld(tracked);
    const after = ended ? undefined : tracked;
    return this.#commit(
      { type, before, after },
      { ...options, warnings, check: () => this.#unchanged(type, before) },
    );
  }

  /** In its shape, with defaults, and valid. */
  #shaped(
    draft: DraftObject,
    type: ResourceType,
    { fieldValidation = 'Warn', trusted = false, subresource }: Omit<WriteOptions, 'manager'>,
    before?: KubernetesObject,
  ): Written<KubernetesObject> {
    // What the mesh itself says of how things are needs no check, and is said often.
    if (trusted && subresource === 'status') return { object: draft as KubernetesObject, warnings: [] };
    const { rules } = this.#options;
    const { object: pruned, unknown } = trusted ? { object: draft, unknown: [] } : rules.prune(draft, type);
    const slips = unknown.map(slipOf);
    if (slips.length > 0 && fieldValidation === 'Strict') {
      const message = `${type.kind} in version "${draft.apiVersion.split('/').at(-1)}" cannot be handled as a ${type.kind}: strict decoding error: ${slips.join(', ')}`;
      throw new ApiError({ code: 400, reason: 'BadRequest', message });
    }
    const stored = { ...pruned, apiVersion: apiVersionOf(type.group, type.version) };
    const object = rules.defaulted(stored, type, before) as KubernetesObject;
    const causes = trusted ? [] : rules.causes(object, type, before);
    if (causes.length > 0) throw invalid(type, object.metadata.name, causes);
    if (!trusted) rules.checkSize?.(object);
    const own = rules.warnings?.(object, type, before) ?? [];
    return { object, warnings: [...(fieldValidation === 'Warn' ? slips : []), ...own] };
  }

  #tracked(
    after: KubernetesObject,
    before: KubernetesObject | undefined,
    { manager, subresource, applied, apiVersion }: WriteOptions & { readonly apiVersion: string },
  ): KubernetesObject {
    if (applied) return after;
    const { managers } = this.#options;
    return managers.updated({ before, after, manager, subresource, apiVersion, now: this.#now() });
  }

  #unchanged(type: ResourceType, before: KubernetesObject): void {
    const now = this.store.get(resourceKey(type), before.metadata);
    if (now !== before) throw new ChangedMeanwhile(type, before.metadata.name);
  }

  async #commit(change: Change, options: CommitOptions): Promise<Written<KubernetesObject>> {
    const { before, after } = change;
    const { dryRun = false, manager, warnings = [], check } = options;
    const admitted = await this.#options.admit(change, { dryRun, manager });
    let stored = false;
    try {
      check();
      const all = [...warnings, ...admitted.warnings];
      const object = dryRun ? (after ?? before) : this.#put(change);
      stored = !dryRun;
      return { object: object as KubernetesObject, warnings: all };
    } finally {
      admitted.settled?.(stored);
    }
  }

  #put({ type, before, after }: Change): KubernetesObject | undefined {
    const key = resourceKey(type);
    if (after) return this.store.put(key, after);
    return this.store.remove(key, before?.metadata ?? { name: '' }) ?? before;
  }
}

interface CommitOptions {
  readonly dryRun?: boolean;
  readonly manager: string;
  readonly warnings?: readonly string[];
  /** Throws when the change does not fit the store any more. */
  readonly check: () => void;
}

/** Somebody else was faster. */
class ChangedMeanwhile extends ApiError {
  constructor(type: ResourceType, name: string) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    const { code, reason, message, details } = conflict(type, name, why);
    super({ code, reason, message, ...(details && { details }) });
  }
}

function slipOf({ field, meant }: UnknownField): string {
  return `unknown field "${field}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`;
}
