import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import type { ApplyRequest, ApplyResponse, DeleteRequest, LabelRequest, ObjectName } from '#mesh/run/api.ts';
import { announce } from '#mesh/run/apply/announce.ts';
import { check } from '#mesh/run/apply/check.ts';
import { ClaimFolders } from '#mesh/run/apply/claim-folders.ts';
import { DataPlane, type DataPlaneOptions } from '#mesh/run/apply/data-plane.ts';
import { deletedPod, objectsToDelete } from '#mesh/run/apply/delete.ts';
import { Fleet } from '#mesh/run/apply/fleet.ts';
import type { PodFactory } from '#mesh/run/apply/pod-factory.ts';
import { providePrograms } from '#mesh/run/apply/provide-programs.ts';
import { Queue } from '#mesh/run/apply/queue.ts';
import { UpEvents } from '#mesh/run/apply/up-events.ts';
import type { Programs } from '#mesh/run/binary/programs.ts';
import { labelled, objectNamed, restarted } from '#mesh/run/objects/object-changes.ts';
import { remove, resourcesOf, type Snapshot } from '#mesh/run/objects/snapshot.ts';
import type { StoredObject } from '#mesh/run/objects/stored-object.ts';
import type { ImageTable } from '#mesh/run/pods/images.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';
import { rejectionDiagnostic } from '#mesh/run/proxies/rejection.ts';

export interface LocalMeshOptions extends DataPlaneOptions {
  readonly snapshot: Snapshot;
  readonly images: ImageTable;
  readonly programs: Programs;
  /** Makes the factory of this mesh's pods, which reports their changes to the given function. */
  readonly podFactory: (onChange: (pod: RunningPod) => void) => PodFactory;
}

/**
 * The mesh that runs: what is applied, the pods and Envoys that this asks for, and the way from one to the other. All
 * changes go through one queue, so that each starts from what the one before it left.
 */
export class LocalMesh {
  readonly events = new UpEvents();
  readonly dataPlane: DataPlane;
  readonly #options: LocalMeshOptions;
  readonly #queue = new Queue();
  readonly #fleet: Fleet;
  readonly #claims: ClaimFolders;
  #snapshot: Snapshot;
  #wakeQueued = false;
  #stopping = false;

  constructor(options: LocalMeshOptions) {
    const wake = () => this.#wake();
    this.#options = options;
    this.#snapshot = options.snapshot;
    this.#claims = new ClaimFolders(options.state.volumes);
    this.dataPlane = new DataPlane(options, wake);
    this.#fleet = new Fleet(
      options.podFactory((pod) => this.#onPodChange(pod)),
      wake,
    );
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get pods(): readonly RunningPod[] {
    return this.#fleet.pods;
  }

  start(): Promise<void> {
    return this.#queue.run(() => this.dataPlane.start(this.#desired()));
  }

  apply(request: ApplyRequest): Promise<ApplyResponse> {
    return this.#queue.run(async () => {
      const { images, programs } = this.#options;
      const { snapshot, results, diagnostics } = check(this.#snapshot, request, images);
      if (hasErrors(diagnostics)) {
        return { results: [], diagnostics };
      }
      const missing = await providePrograms({ resources: resourcesOf(snapshot), images, programs });
      if (missing.length > 0) {
        return { results: [], diagnostics: [...diagnostics, ...missing] };
      }
      const changed = results.some(({ action }) => action !== 'unchanged');
      return request.dryRun || !changed
        ? { results, diagnostics }
        : this.#commit(snapshot, { results, diagnostics });
    });
  }

  delete(request: DeleteRequest): Promise<ApplyResponse> {
    return this.#queue.run(async () => {
      const exists = (name: ObjectName) => this.#fleet.find(name) !== undefined;
      const { names, diagnostics } = objectsToDelete(request, this.#snapshot, exists);
      const { snapshot, results } = remove(this.#snapshot, names);
      const pods = names.filter(({ kind }) => kind === 'Pod');
      const retired = pods.flatMap((name) => this.#fleet.find(name) ?? []);
      for (const pod of retired) {
        pod.retire();
      }
      const deleted = [...results, ...pods.map(deletedPod)];
      const response = await this.#commit(snapshot, { results: deleted, diagnostics });
      this.#fleet.end(retired);
      return response;
    });
  }

  /** What an apply would say, without doing anything. */
  analyze(request: ApplyRequest): readonly Diagnostic[] {
    return check(this.#snapshot, request, this.#options.images).diagnostics;
  }

  restart(name: ObjectName): Promise<void> {
    return this.#queue.run(async () => {
      await this.#commit(restarted(this.#snapshot, name), nothing);
    });
  }

  label(request: LabelRequest): Promise<StoredObject> {
    return this.#queue.run(async () => {
      await this.#commit(labelled(this.#snapshot, request), nothing);
      return objectNamed(this.#snapshot, request);
    });
  }

  /** Certificates that were issued anew reach their Envoys. */
  renewCertificates(): Promise<void> {
    return this.#queue.run(async () => {
      if ((await this.#options.identities.renew()).length > 0) {
        await this.dataPlane.publish(this.#desired());
      }
    });
  }

  /** Ends everything: programs first, then their Envoys. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#queue.run(async () => {});
    await this.#fleet.stop();
    await this.dataPlane.stop();
  }

  #desired() {
    return { resources: resourcesOf(this.#snapshot), pods: this.#fleet.pods };
  }

  /** Takes a snapshot over, unless an Envoy refuses it: then everything stays as it was. */
  async #commit(snapshot: Snapshot, response: ApplyResponse): Promise<ApplyResponse> {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    const rejections = await this.dataPlane.publish(this.#desired());
    if (rejections.length > 0) {
      this.#snapshot = before;
      await this.dataPlane.publish(this.#desired());
      return { results: [], diagnostics: [...response.diagnostics, ...rejections.map(rejectionDiagnostic)] };
    }
    this.#claims.change(before, snapshot);
    this.events.begin();
    await this.#reconcile();
    return response;
  }

  /** Takes each Deployment one step on, and lets the Envoys know. */
  async #reconcile(): Promise<void> {
    const { created, retired } = await this.#fleet.step(resourcesOf(this.#snapshot));
    // A pod that becomes ready from here on is announced by the next round, which tells its callers first.
    const ready = new Set(this.pods.filter((pod) => pod.ready));
    // Callers forget a pod before it is told to end, so that no request finds a closed door.
    await this.dataPlane.publish(this.#desired());
    for (const pod of created) {
      pod.proxy?.start();
    }
    this.#fleet.end(retired);
    await this.#claims.clear(this.pods);
    const { proxies, gateway } = this.dataPlane;
    announce(this.events, { pods: this.pods, ready, proxies, gateway });
  }

  #onPodChange(pod: RunningPod): void {
    for (const problem of pod.problems) {
      this.#options.onProblem(problem);
    }
    this.#wake();
  }

  /** Something changed: one more round through the queue, however many changes there were. */
  #wake(): void {
    if (this.#wakeQueued || this.#stopping) {
      return;
    }
    this.#wakeQueued = true;
    const round = this.#queue.run(async () => {
      this.#wakeQueued = false;
      if (!this.#stopping) {
        await this.#reconcile();
      }
    });
    // Nobody waits for this round; the next change tries again.
    round.catch((error: unknown) => this.#options.onProblem(String((error as Error).stack)));
  }
}

const nothing: ApplyResponse = { results: [], diagnostics: [] };
