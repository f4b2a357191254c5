import type { Api } from '#mesh/apiserver/api.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { firstToGo, PodControl } from '#mesh/controllers/pod-control.ts';
import {
  controllerKey,
  find,
  isActive,
  isReady,
  isTerminating,
  keyOf,
  type Pod,
  untilAvailable,
  type Workload,
  writeStatus,
} from '#mesh/controllers/workload.ts';

/** Keeps as many pods of a template as a ReplicaSet says. */
export class ReplicaSetController implements Controller {
  readonly name = 'replicaset-controller';
  readonly #api: Api;
  readonly #pods: PodControl;

  constructor(api: Api) {
    this.#api = api;
    this.#pods = new PodControl({ api, recorder: new EventRecorder(api, this.name), manager: this.name });
  }

  concerns({ resource, object }: StoreEvent): readonly string[] {
    if (resource === 'replicasets.apps') return [keyOf(object)];
    return resource === 'pods' ? controllerKey(object, 'ReplicaSet') : [];
  }

  async sync(key: string): Promise<number | undefined> {
    const set = find<Workload>(this.#api, 'replicasets.apps', key);
    if (!set || isTerminating(set)) return undefined;
    const pods = (await this.#pods.claim(set)).filter(isActive);
    const missing = (set.spec.replicas ?? 1) - pods.length;
    for (let count = 0; count < missing; count += 1) pods.push(await this.#pods.create(set));
    const surplus = missing < 0 ? firstToGo(pods).slice(0, -missing) : [];
    for (const pod of surplus) await this.#pods.delete(set, pod);
    return this.#report(
      set,
      pods.filter((pod) => !surplus.includes(pod)),
    );
  }

  async #report(set: Workload, pods: readonly Pod[]): Promise<number | undefined> {
    const waits = pods.flatMap((pod) => untilAvailable(pod, set.spec.minReadySeconds) ?? []);
    const available = waits.filter((wait) => wait === 0).length;
    const ready = pods.filter(isReady).length;
    const status = {
      replicas: pods.length,
      ...(pods.length > 0 && { fullyLabeledReplicas: pods.length }),
      ...(ready > 0 && { readyReplicas: ready }),
      ...(available > 0 && { availableReplicas: available }),
      observedGeneration: set.metadata.generation,
    };
    await writeStatus(this.#api, { resource: 'replicasets.apps', object: set, status, manager: this.name });
    return waits.filter((wait) => wait > 0).sort((a, b) => a - b)[0];
  }
}
