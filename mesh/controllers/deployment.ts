import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import type { StringMap } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { deploymentStatus } from '#mesh/controllers/deployment-status.ts';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { nextSizes, resolveLimits } from '#mesh/controllers/rolling-update.ts';
import {
  controlled,
  controllerKey,
  find,
  isTerminating,
  keyOf,
  ownerReference,
  type Pod,
  type PodTemplate,
  templateHash,
  typeOf,
  type Workload,
  writeStatus,
} from '#mesh/controllers/workload.ts';

const sets = 'replicasets.apps';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const hashLabel = 'pod-template-hash';
/** Annotations in which a ReplicaSet says for which size of its Deployment it was scaled. */
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** Brings a Deployment's ReplicaSets to its template, by rolling updates or by Recreate, and keeps its history. */
export class DeploymentController implements Controller {
  readonly name = 'deployment-controller';
  readonly #api: Api;
  readonly #recorder: EventRecorder;

  constructor(api: Api) {
    this.#api = api;
    this.#recorder = new EventRecorder(api, this.name);
  }

  concerns({ resource, object }: StoreEvent): readonly string[] {
    if (resource === 'deployments.apps') return [keyOf(object)];
    if (resource === sets) return controllerKey(object, 'Deployment');
    // Recreate waits for pods that have ended.
    return resource === 'pods' ? this.#deploymentOfPod(object as Pod) : [];
  }

  async sync(key: string): Promise<number | undefined> {
    const deployment = find<Workload>(this.#api, 'deployments.apps', key);
    if (!deployment || isTerminating(deployment)) return undefined;
    const all = controlled<Workload>(this.#api, sets, deployment);
    const known = all.find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
    const others = all.filter((set) => set !== known).sort(byRevision);
    const paused = deployment.spec['paused'] === true;
    const current = paused ? known : await this.#currentSet(deployment, known, others);
    if (current) await this.#scale(deployment, current, others);
    if (!paused) await this.#forgetOldSets(deployment, others);
    return this.#report(deployment, current);
  }

  /** The ReplicaSet of the present template, with the newest revision. */
  async #currentSet(
    deployment: Workload,
    known: Workload | undefined,
    others: readonly Workload[],
  ): Promise<Workload> {
    const newest = Math.max(0, ...others.map(revisionOf));
    const revision = String(known && revisionOf(known) > newest ? revisionOf(known) : newest + 1);
    const annotations = { ...inherited(deployment), [revisionAnnotation]: revision };
    await this.#annotate('deployments.apps', deployment, { [revisionAnnotation]: revision });
    if (known) {
      await this.#annotate(sets, known, annotations);
      return find<Workload>(this.#api, sets, keyOf(known)) ?? known;
    }
    return this.#createSet(deployment, annotations);
  }

  async #annotate(resource: string, object: Workload, annotations: StringMap): Promise<void> {
    const change = (before: Workload) => ({
      ...before,
      metadata: { ...before.metadata, annotations: { ...before.metadata.annotations, ...annotations } },
    });
    const manager = { manager: this.name };
    await this.#api.update(
      typeOf(this.#api, resource),
      object.metadata,
      (one) => change(one as Workload),
      manager,
    );
  }

  async #createSet(deployment: Workload, annotations: StringMap): Promise<Workload> {
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = templateHash(template);
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const draft = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        ...{ labels, annotations, ownerReferences: [ownerReference(deployment)] },
      },
      spec: {
        replicas: 0,
        ...(minReadySeconds !== undefined && { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    const { object } = await this.#api.create(typeOf(this.#api, sets), draft, {
      manager: this.name,
      namespace: deployment.metadata.namespace,
    });
    return object as Workload;
  }

  async #scale(deployment: Workload, current: Workload, others: readonly Workload[]): Promise<void> {
    const replicas = deployment.spec.replicas ?? 1;
    const sizeOf = (set: Workload) => ({
      replicas: set.spec.replicas ?? 0,
      available: Number(set.status?.['availableReplicas'] ?? 0),
    });
    const strategy = deployment.spec['strategy'] as Strategy | undefined;
    if (strategy?.type === 'Recreate') {
      for (const set of others) await this.#resize(deployment, set, 0);
      if (!this.#hasPods(others)) await this.#resize(deployment, current, replicas);
      return;
    }
    const step = nextSizes({
      replicas,
      ...resolveLimits(replicas, strategy?.rollingUpdate ?? {}),
      current: sizeOf(current),
      old: others.map(sizeOf),
    });
    await this.#resize(deployment, current, step.current);
    for (const [index, set] of others.entries()) await this.#resize(deployment, set, step.old[index] ?? 0);
  }

  /** Those that are about to end count: old and new would write to one volume. */
  #hasPods(others: readonly Workload[]): boolean {
    return others.some((set) => controlled<Pod>(this.#api, 'pods', set).length > 0);
  }

  async #resize(deployment: Workload, set: Workload, replicas: number): Promise<void> {
    const before = set.spec.replicas ?? 0;
    const sizes = sizeAnnotations(deployment);
    if (before === replicas && (replicas === 0 || hasAnnotations(set, sizes))) return;
    const change = ({ metadata, spec, ...one }: Workload) => ({
      ...one,
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...sizes } },
      spec: { ...spec, replicas },
    });
    await this.#api.update(typeOf(this.#api, sets), set.metadata, (one) => change(one as Workload), {
      manager: this.name,
    });
    if (before === replicas) return;
    const way = replicas > before ? 'up' : 'down';
    const message = `Scaled ${way} replica set ${set.metadata.name} from ${before} to ${replicas}`;
    await this.#recorder.record(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  }

  async #forgetOldSets(deployment: Workload, others: readonly Workload[]): Promise<void> {
    const empty = others.filter(
      (set) => (set.spec.replicas ?? 0) === 0 && Number(set.status?.['replicas'] ?? 0) === 0,
    );
    const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
    for (const set of surplus > 0 ? empty.slice(0, surplus) : []) {
      if (!this.#api.store.get(sets, set.metadata)) continue;
      await this.#api.delete(typeOf(this.#api, sets), set.metadata, { manager: this.name });
    }
  }

  async #report(deployment: Workload, current: Workload | undefined): Promise<number | undefined> {
    const all = controlled<Workload>(this.#api, sets, deployment);
    const now = find<Workload>(this.#api, 'deployments.apps', keyOf(deployment));
    if (!now) return undefined;
    const uid = current?.metadata.uid;
    const { status, again } = deploymentStatus({
      deployment: now,
      sets: all,
      currentUid: uid,
      now: new Date(),
    });
    await writeStatus(this.#api, { resource: 'deployments.apps', object: now, status, manager: this.name });
    return again;
  }

  #deploymentOfPod(pod: Pod): readonly string[] {
    const [set] = controllerKey(pod, 'ReplicaSet');
    const found = set === undefined ? undefined : find<Workload>(this.#api, sets, set);
    return found ? controllerKey(found, 'Deployment') : [];
  }
}

interface Strategy {
  readonly type?: string;
  readonly rollingUpdate?: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string };
}

/** How many pods the Deployment wants, and how many it may have during a roll-out. */
function sizeAnnotations({ spec }: Workload): StringMap {
  const { replicas = 1 } = spec;
  const { type, rollingUpdate = {} } = (spec['strategy'] ?? {}) as Strategy;
  const { maxSurge } = resolveLimits(replicas, rollingUpdate);
  const most = replicas + (type === 'Recreate' || replicas === 0 ? 0 : maxSurge);
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(most) };
}

function hasAnnotations({ metadata }: Workload, wanted: StringMap): boolean {
  return Object.entries(wanted).every(([name, value]) => metadata.annotations?.[name] === value);
}

function isSameTemplate(left: PodTemplate, right: PodTemplate): boolean {
  const plain = ({ metadata, spec }: PodTemplate) => {
    const { [hashLabel]: _, ...labels } = metadata?.labels ?? {};
    return { labels, annotations: metadata?.annotations ?? {}, spec };
  };
  return isDeepStrictEqual(plain(left), plain(right));
}

function revisionOf({ metadata }: Workload): number {
  return Number(metadata.annotations?.[revisionAnnotation] ?? 0);
}

function byRevision(left: Workload, right: Workload): number {
  return revisionOf(left) - revisionOf(right);
}

/** A Deployment's annotations are its sets' too, `kubernetes.io/change-cause` among them; what kubectl applied is not. */
function inherited({ metadata }: Workload): StringMap {
  const {
    'kubectl.kubernetes.io/last-applied-configuration': _,
    [revisionAnnotation]: __,
    [desiredAnnotation]: ___,
    [maxAnnotation]: ____,
    ...rest
  } = metadata.annotations ?? {};
  return rest;
}
