import type { InitContainerPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import type { RunningContainer } from '#mesh/kubelet/pods/running-container.ts';

/** An init container; `sidecar`: it goes on running, and the next one comes when it has started. */
export interface InitContainer {
  readonly running: RunningContainer;
  readonly sidecar: InitContainerPlan['sidecar'];
}

/** The containers that come before the others, one after the other, each when the one before has done its part. */
export class InitSequence {
  readonly containers: readonly InitContainer[];
  #started = 0;

  constructor(containers: readonly InitContainer[]) {
    this.containers = containers;
  }

  /** Starts what may start; to be called after every change. */
  advance(): void {
    if (this.#started > 0 && !this.#isThrough(this.#started - 1)) return;
    const next = this.containers[this.#started];
    if (!next) return;
    this.#started += 1;
    // Its start is a change, which comes back here.
    next.running.start();
  }

  /** Whether the pod's containers may start. */
  get isDone(): boolean {
    return this.#started === this.containers.length && this.containers.every((_, at) => this.#isThrough(at));
  }

  /** Whether one has failed that is not started again. */
  get hasFailed(): boolean {
    return this.containers.some(
      ({ running: { program }, sidecar }) =>
        !sidecar && program.state === 'ended' && program.lastExit?.code !== 0,
    );
  }

  get sidecarsAreReady(): boolean {
    return this.containers.every(({ running, sidecar }) => !sidecar || running.ready);
  }

  hasStarted(container: RunningContainer): boolean {
    return this.containers.findIndex(({ running }) => running === container) < this.#started;
  }

  /** Whether a container has done what those behind it wait for. */
  isThrough(container: RunningContainer): boolean {
    return this.#isThrough(this.containers.findIndex(({ running }) => running === container));
  }

  #isThrough(at: number): boolean {
    const found = this.containers[at];
    if (!found || at >= this.#started) return false;
    const { program, hasStarted } = found.running;
    return found.sidecar ? hasStarted : program.state === 'ended' && program.lastExit?.code === 0;
  }

  /** Sidecars end after the containers, the last one first. */
  async stop(hurry: AbortSignal): Promise<void> {
    for (const { running } of this.containers.toReversed()) await running.stop(hurry);
  }
}
