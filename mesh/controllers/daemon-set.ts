import type { Api } from '#mesh/apiserver/api.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { firstToGo, PodControl } from '#mesh/controllers/pod-control.ts';
import {
  type ControllerRevision,
  Revisions,
  revisionLabel,
  startRound,
} from '#mesh/controllers/revisions.ts';
import {
  controllerKey,
  hasEnded,
  isActive,
  isReady,
  isTerminating,
  keyOf,
  type Pod,
  untilAvailable,
  type Workload,
  writeStatus,
} from '#mesh/controllers/workload.ts';

const sets = 'daemonsets.apps';

/** Keeps one pod on each node: the laptop is the only one. */
export class DaemonSetController implements Controller {
  readonly name = 'daemonset-controller';
  readonly #api: Api;
  readonly #pods: PodControl;
  readonly #revisions: Revisions;

  constructor(api: Api) {
    this.#api = api;
    this.#pods = new PodControl({ api, recorder: new EventRecorder(api, this.name), manager: this.name });
    this.#revisions = new Revisions(api, this.name);
  }

  concerns({ resource, object }: StoreEvent): readonly string[] {
    if (resource === sets) return [keyOf(object)];
    return resource === 'pods' ? controllerKey(object, 'DaemonSet') : [];
  }

  async sync(key: string): Promise<number | undefined> {
    const control = { api: this.#api, pods: this.#pods, revisions: this.#revisions };
    const round = await startRound<Workload>({ ...control, resource: sets, key });
    if (!round) return undefined;
    const { set, pods: all, revision } = round;
    for (const pod of all.filter((one) => hasEnded(one) && !isTerminating(one)))
      await this.#pods.delete(set, pod);
    // A node has room for one: the next comes when the last has ended.
    const present = all.filter((pod) => !hasEnded(pod));
    const active = present.filter(isActive);
    if (present.length === 0) {
      await this.#pods.create(set, { labels: { [revisionLabel]: revision.metadata.name } });
    }
    const outdated = active.filter((pod) => !isOf(pod, revision));
    const strategy = set.spec['updateStrategy'] as { readonly type?: string } | undefined;
    const leaving = strategy?.type === 'OnDelete' ? firstToGo(active).slice(0, -1) : outdated;
    for (const pod of leaving) await this.#pods.delete(set, pod);
    return this.#report(set, revision);
  }

  async #report(set: Workload, revision: ControllerRevision): Promise<number | undefined> {
    const pods = (await this.#pods.claim(set)).filter(isActive);
    const waits = pods.flatMap((pod) => untilAvailable(pod, set.spec.minReadySeconds) ?? []);
    const available = waits.filter((wait) => wait === 0).length;
    const status = {
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: 1,
      numberAvailable: available,
      numberUnavailable: 1 - available,
      numberMisscheduled: 0,
      numberReady: pods.filter(isReady).length,
      updatedNumberScheduled: pods.filter((pod) => isOf(pod, revision)).length,
      observedGeneration: set.metadata.generation,
    };
    await writeStatus(this.#api, { resource: sets, object: set, status, manager: this.name });
    return waits.filter((wait) => wait > 0).sort((a, b) => a - b)[0];
  }
}

function isOf({ metadata }: Pod, revision: ControllerRevision): boolean {
  return metadata.labels?.[revisionLabel] === revision.metadata.name;
}
