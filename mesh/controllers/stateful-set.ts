import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { PodControl } from '#mesh/controllers/pod-control.ts';
import {
  type ControllerRevision,
  Revisions,
  revisionLabel,
  startRound,
  templateOf,
} from '#mesh/controllers/revisions.ts';
import {
  controllerKey,
  hasEnded,
  isReady,
  isTerminating,
  keyOf,
  type Pod,
  typeOf,
  untilAvailable,
  type Workload,
  writeStatus,
} from '#mesh/controllers/workload.ts';

const sets = 'statefulsets.apps';

interface StatefulSet extends Workload {
  readonly spec: Workload['spec'] & {
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly ordinals?: { readonly start?: number };
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
    readonly volumeClaimTemplates?: readonly KubernetesObject[];
  };
}

/**
 * How long a name stays free, in milliseconds. `kubectl delete pod db-0` looks for the old pod twice before it watches, and
 * would wait for the end of a new one that has come in between. Pods of a cluster take their second to end.
 */
const usualPause = 1_000;

/** Keeps pods with fixed names, `db-0`, `db-1` …, each with its claims, one after the other. */
export class StatefulSetController implements Controller {
  readonly name = 'statefulset-controller';
  readonly #api: Api;
  readonly #recorder: EventRecorder;
  readonly #pods: PodControl;
  readonly #revisions: Revisions;
  readonly #pause: number;
  /** When pods have left the store, in milliseconds of the epoch, by key. */
  readonly #left = new Map<string, number>();

  constructor(api: Api, pause = usualPause) {
    this.#api = api;
    this.#pause = pause;
    this.#recorder = new EventRecorder(api, this.name);
    this.#pods = new PodControl({
      ...{ api, recorder: this.#recorder, manager: this.name },
      words: (verb, pod, set) => `${verb} Pod ${pod} in StatefulSet ${set} successful`,
    });
    this.#revisions = new Revisions(api, this.name);
  }

  concerns({ type, resource, object }: StoreEvent): readonly string[] {
    if (resource === sets) return [keyOf(object)];
    if (resource !== 'pods') return [];
    const keys = controllerKey(object, 'StatefulSet');
    if (type === 'DELETED' && keys.length > 0) this.#left.set(keyOf(object), Date.now());
    return keys;
  }

  async sync(key: string): Promise<number | undefined> {
    const control = { api: this.#api, pods: this.#pods, revisions: this.#revisions };
    const round = await startRound<StatefulSet>({ ...control, resource: sets, key });
    if (!round) return undefined;
    const { set, pods, revision: update } = round;
    const current = this.#currentRevision(set, update);
    const free = this.#untilFree();
    await this.#step(set, pods, { update, current });
    const again = await this.#report(set, { update, current });
    return free === undefined ? again : Math.min(free, again ?? free);
  }

  /** The milliseconds until a name of a pod is free again; undefined where all are. */
  #untilFree(): number | undefined {
    const now = Date.now();
    for (const [key, left] of this.#left) if (left + this.#pause <= now) this.#left.delete(key);
    const waits = [...this.#left.values()].map((left) => left + this.#pause - now);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** The revision at which pods below the partition stay. */
  #currentRevision(set: StatefulSet, update: ControllerRevision): ControllerRevision {
    const name = set.status?.['currentRevision'];
    return this.#revisions.of(set).find(({ metadata }) => metadata.name === name) ?? update;
  }

  async #step(set: StatefulSet, pods: readonly Pod[], revisions: RevisionPair): Promise<void> {
    const { podManagementPolicy = 'OrderedReady', ordinals, replicas = 1 } = set.spec;
    const inOrder = podManagementPolicy === 'OrderedReady';
    const start = ordinals?.start ?? 0;
    for (let ordinal = start; ordinal < start + replicas; ordinal += 1) {
      const pod = pods.find(({ metadata }) => metadata.name === nameOf(set, ordinal));
      if (pod && hasEnded(pod)) await this.#pods.delete(set, pod);
      if (!pod && !this.#left.has(`${set.metadata.namespace}/${nameOf(set, ordinal)}`)) {
        await this.#create(set, ordinal, revisions);
      }
      if (inOrder && !(pod && isReady(pod) && !isTerminating(pod))) return;
    }
    const wanted = (pod: Pod) => ordinalOf(set, pod) >= start && ordinalOf(set, pod) < start + replicas;
    const surplus = pods.filter((pod) => !wanted(pod)).sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
    for (const pod of surplus) {
      if (!isTerminating(pod)) await this.#pods.delete(set, pod);
      if (inOrder) return;
    }
    await this.#update(set, pods, revisions.update);
  }

  /** From the last to the first, and each only when those after it are ready again. */
  async #update(set: StatefulSet, pods: readonly Pod[], update: ControllerRevision): Promise<void> {
    if (set.spec.updateStrategy?.type === 'OnDelete') return;
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (const pod of [...pods].sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a))) {
      if (ordinalOf(set, pod) < partition) return;
      if (pod.metadata.labels?.[revisionLabel] !== update.metadata.name) {
        if (!isTerminating(pod)) await this.#pods.delete(set, pod);
        return;
      }
      if (!isReady(pod)) return;
    }
  }

  async #create(set: StatefulSet, ordinal: number, { update, current }: RevisionPair): Promise<void> {
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    const revision = ordinal < partition ? current : update;
    const name = nameOf(set, ordinal);
    const template = templateOf(revision);
    const claims = set.spec.volumeClaimTemplates ?? [];
    for (const claim of claims) await this.#createClaim(set, claim, name);
    const own = claims.map(({ metadata }) => ({
      name: metadata.name,
      persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
    }));
    const others = ((template.spec['volumes'] ?? []) as readonly { readonly name: string }[]).filter(
      (volume) => !own.some((claim) => claim.name === volume.name),
    );
    const labels = {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [revisionLabel]: revision.metadata.name,
    };
    const { serviceName } = set.spec;
    const spec = {
      ...template.spec,
      ...(own.length > 0 && { volumes: [...own, ...others] }),
      hostname: name,
      ...(serviceName && { subdomain: serviceName }),
    };
    await this.#pods.create({ ...set, spec: { ...set.spec, template } }, { name, labels, spec });
  }

  /** It outlives its pod, and so does what is in it. */
  async #createClaim(set: StatefulSet, { metadata, ...claim }: KubernetesObject, pod: string): Promise<void> {
    const { namespace } = set.metadata;
    const name = `${metadata.name}-${pod}`;
    if (this.#api.store.get('persistentvolumeclaims', { namespace, name })) return;
    const labels = { ...set.spec.selector.matchLabels, ...metadata.labels };
    const draft = { ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, labels } };
    const type = typeOf(this.#api, 'persistentvolumeclaims');
    await this.#api.create(type, draft, { manager: this.name, namespace });
    const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
    await this.#recorder.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message });
  }

  async #report(set: StatefulSet, { update, current }: RevisionPair): Promise<number | undefined> {
    const pods = (await this.#pods.claim(set)).filter((pod) => !isTerminating(pod) && !hasEnded(pod));
    const at = (revision: ControllerRevision) =>
      pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision.metadata.name).length;
    const waits = pods.flatMap((pod) => untilAvailable(pod, set.spec.minReadySeconds) ?? []);
    const replicas = set.spec.replicas ?? 1;
    const done = at(update) === pods.length && pods.length === replicas && pods.every(isReady);
    const status = {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: waits.filter((wait) => wait === 0).length,
      currentReplicas: at(done ? update : current),
      updatedReplicas: at(update),
      currentRevision: (done ? update : current).metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: 0,
    };
    await writeStatus(this.#api, { resource: sets, object: set, status, manager: this.name });
    return waits.filter((wait) => wait > 0).sort((a, b) => a - b)[0];
  }
}

interface RevisionPair {
  readonly update: ControllerRevision;
  readonly current: ControllerRevision;
}

function nameOf({ metadata }: StatefulSet, ordinal: number): string {
  return `${metadata.name}-${ordinal}`;
}

function ordinalOf({ metadata }: StatefulSet, pod: Pod): number {
  return Number(pod.metadata.name.slice(metadata.name.length + 1));
}
