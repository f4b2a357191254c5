import type { Api } from '#mesh/apiserver/api.ts';
import { ApiError, invalid } from '#mesh/apiserver/api-error.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { Admission, Admitted } from '#mesh/apiserver/rules.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controllers } from '#mesh/controllers/controllers.ts';
import { reviewWrite } from '#mesh/istiod/analysis/write-warnings.ts';
import { isManualSlice, manualSlices } from '#mesh/istiod/config/build/manual-endpoints.ts';
import { gatewayApiIn, holdsAuthorities } from '#mesh/istiod/config/gateway-api/read.ts';
import { withoutMissingCredentials } from '#mesh/istiod/config/gateway-credentials.ts';
import {
  isForEnvoys,
  isSameToAll,
  isStatusChange,
  keyOf,
  type Pending,
  registered,
  resourcesIn,
} from '#mesh/istiod/config/resources.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { ClaimFolders } from '#mesh/kubelet/claim-folders.ts';
import { Kubelet } from '#mesh/kubelet/kubelet.ts';
import type { PodFactory } from '#mesh/kubelet/pod-factory.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { announce } from '#mesh/run/apply/announce.ts';
import { DataPlane, type DataPlaneOptions } from '#mesh/run/apply/data-plane.ts';
import { Publisher, Queue, RefusedError } from '#mesh/run/apply/publisher.ts';
import { Rounds } from '#mesh/run/apply/rounds.ts';
import { UpEvents } from '#mesh/run/apply/up-events.ts';

export interface LocalMeshOptions extends DataPlaneOptions {
  /** Makes the API, whose writes ask the given function first. */
  readonly api: (admit: Admission) => Api;
  readonly controllers: (api: Api) => Controllers;
  /** Warnings about images in a write that stand-ins will play. */
  readonly standInWarnings?: (change: Parameters<Admission>[0], manager: string) => readonly string[];
  /** Default: real Envoys. It calls the given function when one of them changes. */
  readonly dataPlane?: (onChange: () => void) => DataPlane;
  /** Makes the factory of this mesh's pods, which reports their changes to the given function. */
  readonly podFactory: (onChange: (pod: RunningPod) => void) => PodFactory;
}

/** Changes that the kubelet or the Envoys must hear of at once. */
const watched = new Set(['pods', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps']);

/** Kinds of objects for which a pod may wait. */
const awaited: ReadonlySet<string> = new Set(['configmaps', 'secrets', 'persistentvolumeclaims']);

/**
 * The mesh that runs: the store, the pods and Envoys that it asks for, and the way from one to the other. Whatever Envoys
 * get goes through one queue, so that each change starts from the state that the one before it left.
 */
export class LocalMesh {
  readonly events = new UpEvents();
  readonly api: Api;
  readonly controllers: Controllers;
  readonly dataPlane: DataPlane;
  readonly kubelet: Kubelet;
  readonly #options: LocalMeshOptions;
  readonly #queue = new Queue();
  readonly #publisher: Publisher;
  readonly #claims: ClaimFolders;
  readonly #rounds: Rounds;

  constructor(options: LocalMeshOptions) {
    const wake = () => this.#rounds.wake();
    this.#options = options;
    this.#claims = new ClaimFolders(options.state.volumes);
    this.dataPlane = options.dataPlane?.(wake) ?? new DataPlane(options, wake);
    this.#publisher = new Publisher({
      queue: this.#queue,
      publish: (pending) => this.dataPlane.publish(this.#desired(pending)),
    });
    this.api = options.api((change, context) => this.#admit(change, context));
    this.controllers = options.controllers(this.api);
    this.#rounds = new Rounds({
      queue: this.#queue,
      step: () => this.#reconcile(),
      settled: () => this.controllers.settled(),
      isPending: () => this.#publisher.busy,
      announce: () => announce(this),
      onProblem: options.onProblem,
    });
    this.kubelet = new Kubelet({
      api: this.api,
      factory: options.podFactory((pod) => this.#onPodChange(pod)),
      onChange: wake,
      onProblem: options.onProblem,
    });
    this.api.store.subscribe((event) => this.#onStored(event));
  }

  get pods(): readonly RunningPod[] {
    return this.kubelet.pods;
  }

  /** What programs and Envoys learn. */
  get resources(): readonly Resource[] {
    return this.#told(this.#publisher.pending);
  }

  /** Certificates that were issued anew reach their Envoys. */
  renewCertificates(): Promise<void> {
    return this.#queue.run(async () => {
      if ((await this.#options.identities.renew()).length > 0) await this.dataPlane.publish(this.#desired());
    });
  }

  /** Ends everything: programs first, then their Envoys. */
  async stop(): Promise<void> {
    this.#rounds.stop();
    this.controllers.stop();
    await this.#queue.run(async () => {});
    await this.kubelet.stop();
    await this.dataPlane.stop();
  }

  #desired(pending = this.#publisher.pending) {
    const resources = withoutMissingCredentials(this.#told(pending));
    // By name, so that the order in which they came does not count.
    const pods = [...this.kubelet.pods].sort((one, other) => (one.key < other.key ? -1 : 1));
    const gatewayApi = gatewayApiIn(this.api.store, pending);
    return { resources, pods, gatewayApi, slices: manualSlices(this.api.store) };
  }

  #told(pending: readonly Pending[]): readonly Resource[] {
    return registered(resourcesIn(this.api.store, pending));
  }

  /** Objects that concern the Envoys enter the store when all Envoys have them. */
  async #admit(
    change: Parameters<Admission>[0],
    { dryRun, manager }: Parameters<Admission>[1],
  ): Promise<Admitted> {
    const { type, before, after } = change;
    const object = after ?? before;
    if (!object || isSameToAll(before, after)) return { warnings: [] };
    const { store } = this.api;
    const review = reviewWrite(change, { manager, store, pending: this.#publisher.pending });
    const { causes } = review;
    const standIns = dryRun ? [] : (this.#options.standInWarnings?.(change, manager) ?? []);
    const warnings = [...review.warnings, ...standIns];
    if (causes.length > 0) throw invalid(type, object.metadata.name, causes);
    const isAwaited = isForEnvoys(type, keyOf(object)) || this.#isTrusted(type, object);
    if (dryRun || !isAwaited) return { warnings };
    const pending: Pending = { type, key: keyOf(object), after };
    this.events.begin();
    try {
      const isCurrent = () => this.api.store.get(resourceKey(type), object.metadata) === before;
      const settle = await this.#publisher.bring(pending, isCurrent);
      const settled = (stored: boolean) => {
        settle(stored);
        void this.#rounds.announce();
      };
      return { warnings, settled };
    } catch (error) {
      void this.#rounds.announce();
      if (!(error instanceof RefusedError)) throw error;
      const { name } = object.metadata;
      const field = object['spec'] === undefined ? 'metadata.name' : 'spec';
      const { code, reason, message, details } = invalid(type, name, [
        { reason: 'FieldValueInvalid', message: error.message, field },
      ]);
      throw new ApiError({ code, reason, message, warnings, cause: error, ...(details && { details }) });
    }
  }

  #isTrusted(type: ResourceType, object: KubernetesObject): boolean {
    return resourceKey(type) === 'configmaps' && holdsAuthorities(this.api.store, keyOf(object));
  }

  #onStored({ type, resource, object, previous }: StoreEvent): void {
    if (resource === 'persistentvolumeclaims') this.#claims.change(object.metadata, type === 'DELETED');
    if (type === 'MODIFIED' && previous && isStatusChange(previous, object)) {
      // No program and no Envoy has to hear of it, but perhaps those who wait for the mesh.
      if (watched.has(resource)) void this.#rounds.announce();
      return;
    }
    const wakes = watched.has(resource) || isManualSlice(resource, object);
    if (wakes || (awaited.has(resource) && this.kubelet.waits)) {
      this.events.begin();
      this.#rounds.wake();
    }
  }

  /** One step of everything that runs towards what is stored. */
  async #reconcile(): Promise<boolean> {
    const { created, retired } = await this.kubelet.sync(this.resources);
    // Callers forget a pod before it ends, so that no request finds it gone.
    const rejections = await this.dataPlane.publish(this.#desired());
    for (const pod of created) pod.proxy?.start();
    this.kubelet.end(retired);
    await this.#claims.clear(this.pods);
    await this.kubelet.report();
    // Changes that a refusal has held up are for the next round.
    return rejections.some(({ isLate }) => !isLate);
  }

  #onPodChange(pod: RunningPod): void {
    for (const problem of pod.problems) this.#options.onProblem(problem);
    this.kubelet.takeBack(pod).catch((error: Error) => this.#options.onProblem(error.message));
    this.#rounds.wake();
  }
}
