import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import { definitionCleanupFinalizer } from '#mesh/apiserver/deletion.ts';
import type { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import { type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import { type CustomResourceDefinition, crd, crdNames } from '#mesh/apiserver/shapes/definitions.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { type Condition, isTerminating, typeOf, writeStatus } from '#mesh/controllers/workload.ts';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

type Definition = KubernetesObject &
  CustomResourceDefinition & {
    readonly status?: {
      readonly conditions?: readonly Condition[];
      readonly storedVersions?: readonly string[];
      readonly [field: string]: unknown;
    };
  };

/** Serves the kinds of CustomResourceDefinitions, and removes their objects with a definition. */
export class DefinitionController implements Controller {
  readonly name = 'kube-apiserver';
  readonly #api: Api;
  readonly #kinds: Kinds;
  /** The definitions that are served, by name, which is also their resource. */
  readonly #served = new Map<string, Definition>();

  constructor(api: Api, kinds: Kinds) {
    this.#api = api;
    this.#kinds = kinds;
  }

  concerns({ type, resource, object }: StoreEvent): readonly string[] {
    if (resource === definitions) {
      // Names that were taken may be free.
      return type === 'DELETED' ? [object.metadata.name, ...this.#waiting()] : [object.metadata.name];
    }
    return type === 'DELETED' && this.#served.has(resource) ? [resource] : [];
  }

  async sync(name: string): Promise<number | undefined> {
    const definition = this.#api.store.get(definitions, { name }) as Definition | undefined;
    if (!definition) await this.#forget(name);
    else if (isTerminating(definition)) await this.#cleanUp(definition);
    else await this.#serve(definition);
    return undefined;
  }

  #waiting(): string[] {
    const all = this.#api.store.list(definitions).map(({ metadata }) => metadata.name);
    return all.filter((name) => !this.#served.has(name));
  }

  async #serve(definition: Definition): Promise<void> {
    const conflict = this.#conflict(definition);
    if (!conflict) this.#define(definition);
    const now = timestamp(new Date());
    const { status, spec } = definition;
    const known = status?.conditions ?? [];
    const stored = spec.versions.find(({ storage }) => storage)?.name;
    const conditions = [
      withTime({ type: 'NamesAccepted', ...(conflict ?? accepted) }, known, now),
      withTime({ type: 'Established', ...(conflict ? notAccepted : established) }, known, now),
    ];
    await this.#report(definition, {
      acceptedNames: conflict ? { plural: '', kind: '' } : spec.names,
      conditions,
      storedVersions: [...new Set([...(status?.storedVersions ?? []), ...(stored ? [stored] : [])])],
    });
  }

  #define(definition: Definition): void {
    const { name } = definition.metadata;
    const before = this.#served.get(name);
    this.#served.set(name, definition);
    if (before && isDeepStrictEqual(before.spec, definition.spec)) return;
    if (!before && this.#isInstalled(definition)) return;
    this.#kinds.define(definition);
  }

  /** Whether it is one of Istio's or Gateway API's, as they are served from the start. */
  #isInstalled({ metadata: { name }, spec }: Definition): boolean {
    if (this.#kinds.types.byKey(name) === undefined || !crdNames().includes(name)) return false;
    return isDeepStrictEqual(crd(name).spec.versions, spec.versions);
  }

  /** Within a group, each name belongs to one kind. */
  #conflict(definition: Definition): Omit<Condition, 'type'> | undefined {
    const { name } = definition.metadata;
    const { names, group } = definition.spec;
    const others = this.#kinds.types.all.filter(
      (type) => type.group === group && (resourceKey(type) !== name || this.#isNative(name)),
    );
    const taken = (find: (type: ResourceType) => boolean) => others.some(find);
    const say = (reason: string, what: string) => ({
      status: 'False' as const,
      reason,
      message: `${JSON.stringify(what)} is already in use`,
    });
    if (taken(({ plural }) => plural === names.plural)) return say('PluralConflict', names.plural);
    const singular = names.singular ?? names.kind.toLowerCase();
    if (taken((type) => type.singular === singular)) return say('SingularConflict', singular);
    const short = names.shortNames?.find((each) => taken(({ shortNames }) => shortNames.includes(each)));
    if (short !== undefined) return say('ShortNamesConflict', short);
    return taken(({ kind }) => kind === names.kind) ? say('KindConflict', names.kind) : undefined;
  }

  /** Kubernetes' own kinds have no definition, and no definition can replace them. */
  #isNative(name: string): boolean {
    const type = this.#kinds.types.byKey(name);
    return type !== undefined && this.#kinds.definitionOf(type) === undefined && !crdNames().includes(name);
  }

  async #cleanUp(definition: Definition): Promise<void> {
    const { name } = definition.metadata;
    const now = timestamp(new Date());
    const terminating: Condition = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
    };
    const known = definition.status?.conditions ?? [];
    const others = known.filter(({ type }) => type !== 'Terminating');
    const conditions = [...others, withTime(terminating, known, now)];
    await this.#report(definition, { ...definition.status, conditions });
    if (this.#served.has(name) && (await this.#empty(name)) > 0) return;
    if (!this.#api.store.get(definitions, { name })) return;
    const finalizers = (given: readonly string[] = []) =>
      given.filter((finalizer) => finalizer !== definitionCleanupFinalizer);
    await this.#api.update(
      typeOf(this.#api, definitions),
      { name },
      (before) => ({
        ...before,
        metadata: { ...before.metadata, finalizers: finalizers(before.metadata.finalizers) },
      }),
      { manager: this.name },
    );
  }

  /** @returns how many objects of the kind wait for their finalizers */
  async #empty(name: string): Promise<number> {
    const type = this.#kinds.types.byKey(name);
    if (!type) return 0;
    for (const object of this.#api.store.list(name)) {
      if (isTerminating(object) || !this.#api.store.get(name, object.metadata)) continue;
      await this.#api.delete(type, object.metadata, { manager: this.name });
    }
    return this.#api.store.list(name).length;
  }

  async #forget(name: string): Promise<void> {
    const definition = this.#served.get(name);
    if (!definition) return;
    await this.#empty(name);
    this.#served.delete(name);
    this.#kinds.undefine(definition);
  }

  #report(object: Definition, status: Readonly<Record<string, unknown>>): Promise<void> {
    return writeStatus(this.#api, { resource: definitions, object, status, manager: this.name });
  }
}

const accepted = { status: 'True', reason: 'NoConflicts', message: 'no conflicts found' } as const;
const established = {
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
} as const;
const notAccepted = {
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
} as const;

function withTime(wanted: Condition, known: readonly Condition[], now: string): Condition {
  const before = known.find(({ type }) => type === wanted.type);
  const same = before?.status === wanted.status;
  return { ...wanted, lastTransitionTime: (same && before.lastTransitionTime) || now };
}
