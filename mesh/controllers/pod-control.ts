import type { Api } from '#mesh/apiserver/api.ts';
import { matchesLabelSelector } from '#mesh/apiserver/selector.ts';
import type { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import {
  controlled,
  controllerOf,
  isActive,
  isReady,
  isTerminating,
  ownerReference,
  type Pod,
  typeOf,
  type Workload,
} from '#mesh/controllers/workload.ts';

export interface PodControlOptions {
  readonly api: Api;
  readonly recorder: EventRecorder;
  readonly manager: string;
  /** How its controller speaks of a pod; `Created pod: web-x7k2p` without. */
  readonly words?: (verb: 'create' | 'delete', pod: string, owner: string) => string;
}

export interface NewPod {
  /** Exactly this name; else one is made from the owner's. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Over the template's. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** How the controllers of workloads make pods, take them over, and end them. */
export class PodControl {
  readonly #options: PodControlOptions;

  constructor(options: PodControlOptions) {
    this.#options = options;
  }

  /** The pods of a workload; it adopts pods that match its selector and have no controller. */
  async claim(owner: Workload): Promise<Pod[]> {
    const { api, manager } = this.#options;
    const selected = matchesLabelSelector(owner.spec.selector);
    const orphans = (api.store.list('pods', owner.metadata.namespace) as readonly Pod[]).filter(
      (pod) => !controllerOf(pod) && isActive(pod) && selected(pod.metadata.labels ?? {}),
    );
    for (const orphan of isTerminating(owner) ? [] : orphans) {
      const ownerReferences = [...(orphan.metadata.ownerReferences ?? []), ownerReference(owner)];
      const adopt = (pod: Pod) => ({ ...pod, metadata: { ...pod.metadata, ownerReferences } });
      await api.update(typeOf(api, 'pods'), orphan.metadata, (pod) => adopt(pod as Pod), { manager });
    }
    return controlled<Pod>(api, 'pods', owner);
  }

  async create(owner: Workload, { name, labels, annotations, spec }: NewPod = {}): Promise<Pod> {
    const { api, recorder, manager, words } = this.#options;
    const { template } = owner.spec;
    const metadata = {
      ...(name === undefined ? { generateName: `${owner.metadata.name}-` } : { name }),
      labels: { ...template.metadata?.labels, ...labels },
      annotations: { ...template.metadata?.annotations, ...annotations },
      ownerReferences: [ownerReference(owner)],
    };
    const draft = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...template.spec, ...spec } };
    try {
      const { object } = await api.create(typeOf(api, 'pods'), draft, {
        manager,
        namespace: owner.metadata.namespace,
      });
      await recorder.record(owner, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message:
          words?.('create', object.metadata.name, owner.metadata.name) ??
          `Created pod: ${object.metadata.name}`,
      });
      return object as Pod;
    } catch (error) {
      const message = `Error creating: ${(error as Error).message}`;
      await recorder.record(owner, { type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
  }

  async delete(owner: Workload, pod: Pod): Promise<void> {
    const { api, recorder, manager, words } = this.#options;
    if (!api.store.get('pods', pod.metadata)) return;
    await api.delete(typeOf(api, 'pods'), pod.metadata, { manager });
    const { name } = pod.metadata;
    const message = words?.('delete', name, owner.metadata.name) ?? `Deleted pod: ${name}`;
    await recorder.record(owner, { type: 'Normal', reason: 'SuccessfulDelete', message });
  }
}

/** If there are too many, those that are not ready go first, then the youngest. */
export function firstToGo(pods: readonly Pod[]): Pod[] {
  return [...pods].sort(
    (a, b) =>
      Number(isReady(a)) - Number(isReady(b)) ||
      Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion),
  );
}
