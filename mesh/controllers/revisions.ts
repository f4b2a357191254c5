import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { PodControl } from '#mesh/controllers/pod-control.ts';
import {
  controlled,
  find,
  isTerminating,
  ownerReference,
  type Pod,
  type PodTemplate,
  templateHash,
  typeOf,
  type Workload,
} from '#mesh/controllers/workload.ts';

const resource = 'controllerrevisions.apps';
export const revisionLabel = 'controller-revision-hash';

export interface ControllerRevision extends KubernetesObject {
  readonly revision: number;
  readonly data: { readonly spec: { readonly template: PodTemplate } };
}

/** The past templates of a StatefulSet or DaemonSet, for `rollout history` and `undo`. */
export class Revisions {
  readonly #api: Api;
  readonly #manager: string;

  constructor(api: Api, manager: string) {
    this.#api = api;
    this.#manager = manager;
  }

  /** The oldest first. */
  of(owner: Workload): ControllerRevision[] {
    return controlled<ControllerRevision>(this.#api, resource, owner).sort((a, b) => a.revision - b.revision);
  }

  /** The revision of the present template: the newest one. Unused ones beyond the limit are deleted. */
  async current(owner: Workload, inUse: ReadonlySet<string>): Promise<ControllerRevision> {
    const known = this.of(owner);
    const newest = known.at(-1)?.revision ?? 0;
    const same = known.find(({ data }) => isDeepStrictEqual(data.spec.template, withPatch(owner)));
    const current = same ? await this.#renew(same, newest) : await this.#create(owner, newest + 1);
    await this.#forget(
      known.filter((one) => one !== same && !inUse.has(one.metadata.name)),
      owner,
    );
    return current;
  }

  async #renew(known: ControllerRevision, newest: number): Promise<ControllerRevision> {
    if (known.revision === newest) return known;
    const change = (before: KubernetesObject) => ({ ...before, revision: newest + 1 });
    const manager = { manager: this.#manager };
    const { object } = await this.#api.update(typeOf(this.#api, resource), known.metadata, change, manager);
    return object as ControllerRevision;
  }

  async #create(owner: Workload, revision: number): Promise<ControllerRevision> {
    const draft = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${owner.metadata.name}-${templateHash(owner.spec.template)}`,
        labels: { ...owner.spec.template.metadata?.labels },
        ownerReferences: [ownerReference(owner)],
      },
      data: { spec: { template: withPatch(owner) } },
      revision,
    };
    const { object } = await this.#api.create(typeOf(this.#api, resource), draft, {
      manager: this.#manager,
      namespace: owner.metadata.namespace,
    });
    return object as ControllerRevision;
  }

  async #forget(unused: readonly ControllerRevision[], owner: Workload): Promise<void> {
    const surplus = unused.length - (owner.spec.revisionHistoryLimit ?? 10);
    for (const { metadata } of surplus > 0 ? unused.slice(0, surplus) : []) {
      await this.#api.delete(typeOf(this.#api, resource), metadata, { manager: this.#manager });
    }
  }
}

export interface SetRound<S extends Workload> {
  readonly set: S;
  /** All that belong to it, the ended ones too. */
  readonly pods: readonly Pod[];
  /** Of the set's present template. */
  readonly revision: ControllerRevision;
}

interface SetRoundOptions {
  readonly api: Api;
  /** Of the set: `statefulsets.apps`. */
  readonly resource: string;
  /** `namespace/name` of the set. */
  readonly key: string;
  readonly pods: PodControl;
  readonly revisions: Revisions;
}

/** What a round of a set's controller starts from; undefined when the set is gone or going. */
export async function startRound<S extends Workload>(
  options: SetRoundOptions,
): Promise<SetRound<S> | undefined> {
  const { api, resource: sets, key, pods: control, revisions } = options;
  const set = find<S>(api, sets, key);
  if (!set || isTerminating(set)) return undefined;
  const pods = await control.claim(set);
  const inUse = new Set(pods.flatMap(({ metadata }) => metadata.labels?.[revisionLabel] ?? []));
  return { set, pods, revision: await revisions.current(set, inUse) };
}

/** A revision is a patch that brings its template back, whatever the template is by then. */
function withPatch({ spec: { template } }: Workload): PodTemplate & { readonly $patch: string } {
  return { ...template, $patch: 'replace' };
}

export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { $patch: _, ...template } = data.spec.template as PodTemplate & { readonly $patch?: string };
  return template;
}
