import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { isReady, isTerminating, type Pod, typeOf, writeStatus } from '#mesh/controllers/workload.ts';
import { readingOf } from '#mesh/istiod/config/resources.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { ImageError, type PodFactory } from '#mesh/kubelet/pod-factory.ts';
import { PodFailures } from '#mesh/kubelet/pod-failures.ts';
import { type MissingReference, missingReference } from '#mesh/kubelet/pods/missing-reference.ts';
import { failedStatus, podStatus } from '#mesh/kubelet/pods/pod-status.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { tellStart } from '#mesh/kubelet/pods/start-events.ts';

export interface KubeletOptions {
  readonly api: Api;
  readonly factory: Pick<PodFactory, 'create' | 'release'>;
  /** Something changed that the Envoys or readers of the status should know. */
  readonly onChange: () => void;
  readonly onProblem: (message: string) => void;
}

export interface KubeletStep {
  readonly created: readonly RunningPod[];
  /** Not ready from now on, but still running. */
  readonly retired: readonly RunningPod[];
}

const manager = { manager: 'kubelet' };

/** Runs the pods of the store as processes of this machine, and writes their status. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #recorder: EventRecorder;
  readonly #scheduler: EventRecorder;
  /** By uid. */
  readonly #pods = new Map<string, RunningPod>();
  readonly #failures: PodFailures;
  #stopping = false;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#recorder = new EventRecorder(options.api, 'kubelet');
    this.#scheduler = new EventRecorder(options.api, 'default-scheduler');
    this.#failures = new PodFailures(options.onChange);
  }

  get pods(): readonly RunningPod[] {
    return [...this.#pods.values()];
  }

  /** Why pods cannot be made, by `namespace/name`. */
  get failures(): readonly string[] {
    return this.#objects().flatMap((object) => {
      const failure = this.#failures.of(object);
      return failure ? [`pod ${object.metadata.name} does not start: ${failure.message}`] : [];
    });
  }

  /** Whether a pod waits for a missing object. */
  get waits(): boolean {
    return this.#failures.waits;
  }

  /** Makes pods that are new in the store, and finds those that must go. Starts the programs of new pods at once. */
  async sync(resources: readonly Resource[]): Promise<KubeletStep> {
    const objects = this.#objects();
    const known = new Map(objects.map((object) => [object.metadata.uid, object]));
    const retired = this.pods.filter((pod) => {
      const object = known.get(pod.plan.uid);
      return !pod.terminating && (!object || isTerminating(object));
    });
    for (const pod of retired) pod.retire();
    this.#failures.keep(known);
    const created: RunningPod[] = [];
    for (const object of objects) {
      const pod = await this.#create(object, resources);
      if (pod) created.push(pod);
    }
    for (const object of objects) await this.#forgetUnborn(object);
    return { created, retired };
  }

  /** Ends pods in the background; each leaves the store when its last process has ended. */
  end(pods: readonly RunningPod[]): void {
    for (const pod of pods) {
      // Without its object nobody waits for it any more.
      const hurry = !this.#objectOf(pod);
      void this.#event(pod, {
        reason: 'Killing',
        message: `Stopping container ${pod.plan.containers[0]?.name ?? ''}`,
      });
      void pod.stop({ hurry }).then(() => this.#gone(pod));
    }
  }

  /** A status says "ready" only while it is true: this writes at once, before anybody else hears, and waits for no round. */
  async takeBack(pod: RunningPod): Promise<void> {
    const object = this.#objectOf(pod);
    if (object && !pod.ready && isReady(object as Pod)) await this.#reportOne(pod, object);
  }

  /** Writes the status of every pod that has changed. */
  async report(): Promise<void> {
    const { api } = this.#options;
    for (const pod of this.pods) {
      const object = this.#objectOf(pod);
      if (!object) continue;
      if (pod.outcome) void pod.endProxy();
      await this.#reportOne(pod, object);
    }
    for (const object of this.#objects()) {
      const failure = this.#failures.of(object);
      if (!failure) continue;
      const status = failedStatus(object, failure);
      await writeStatus(api, { resource: 'pods', object, status, ...manager });
    }
  }

  #reportOne(pod: RunningPod, object: KubernetesObject): Promise<void> {
    const status = podStatus(pod, object);
    return writeStatus(this.#options.api, { resource: 'pods', object, status, ...manager });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#failures.stop();
    await Promise.all(this.pods.map((pod) => pod.stop({ hurry: true })));
  }

  #objects(): readonly KubernetesObject[] {
    return this.#options.api.store.list('pods');
  }

  #objectOf({ plan: { name, namespace, uid } }: RunningPod): KubernetesObject | undefined {
    const object = this.#options.api.store.get('pods', { name, namespace });
    return object?.metadata.uid === uid ? object : undefined;
  }

  /** A pod that cannot be made (no program, a full disk, no free port) is tried again later; the others go on. */
  async #create(object: KubernetesObject, resources: readonly Resource[]): Promise<RunningPod | undefined> {
    if (isTerminating(object) || this.#pods.has(object.metadata.uid)) return undefined;
    if (!this.#failures.mayTry(object) || hasEnded(object)) return undefined;
    const { resource } = readingOf(object);
    if (resource?.kind !== 'Pod') return undefined;
    const missing = missingReference({ object, pod: resource, resources });
    if (missing) {
      this.#wait(object, missing);
      return undefined;
    }
    try {
      const pod = await this.#options.factory.create({ object, pod: resource, resources });
      this.#failures.settle(object);
      this.#pods.set(object.metadata.uid, pod);
      // The program starts while its Envoy's configuration is still being made.
      pod.start();
      void tellStart({ object, pod, kubelet: this.#recorder, scheduler: this.#scheduler });
      return pod;
    } catch (error) {
      this.#fail(object, error as Error);
      return undefined;
    }
  }

  #wait(object: KubernetesObject, { reason, message, event }: MissingReference): void {
    if (!this.#failures.wait(object, reason, message)) return;
    const { name, namespace } = object.metadata;
    this.#options.onProblem(`pod ${name}.${namespace} waits: ${message}`);
    const recorder = event === 'FailedScheduling' ? this.#scheduler : this.#recorder;
    const text = event === 'Failed' ? `Error: ${message}` : message;
    void recorder.record(object, { type: 'Warning', reason: event, message: text });
    // So that its status says why.
    this.#options.onChange();
  }

  #fail(object: KubernetesObject, error: Error): void {
    const image = error instanceof ImageError;
    const reason = (again: boolean) =>
      image ? (again ? 'ImagePullBackOff' : 'ErrImagePull') : 'CreateContainerError';
    if (!this.#failures.fail(object, reason, error.message)) return;
    const { name, namespace } = object.metadata;
    this.#options.onProblem(`cannot make the pod ${name}.${namespace}: ${error.message}`);
    void this.#recorder.record(object, { type: 'Warning', reason: 'Failed', message: error.message });
    // So that its status says why.
    this.#options.onChange();
  }

  /** A pod that was told to go before it was made, or that has ended long ago, has no process to wait for. */
  async #forgetUnborn(object: KubernetesObject): Promise<void> {
    if (isTerminating(object) && !this.#pods.has(object.metadata.uid)) await this.#remove(object);
  }

  async #gone(pod: RunningPod): Promise<void> {
    const object = this.#objectOf(pod);
    this.#pods.delete(pod.plan.uid);
    this.#options.factory.release(pod.plan);
    if (object && !this.#stopping) await this.#remove(object);
    this.#options.onChange();
  }

  async #remove({ metadata }: KubernetesObject): Promise<void> {
    const { api, onProblem } = this.#options;
    const options = { ...manager, gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
    await api.delete(typeOf(api, 'pods'), metadata, options).catch((error: Error) => {
      if (api.store.get('pods', metadata)) onProblem(`pod ${metadata.name}: ${error.message}`);
    });
  }

  async #event(pod: RunningPod, { reason, message }: { reason: string; message: string }): Promise<void> {
    const object = this.#objectOf(pod);
    if (object) await this.#recorder.record(object, { type: 'Normal', reason, message });
  }
}

function hasEnded(object: KubernetesObject): boolean {
  const { phase } = (object['status'] ?? {}) as { readonly phase?: string };
  return phase === 'Succeeded' || phase === 'Failed';
}
