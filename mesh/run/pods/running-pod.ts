import { join } from 'node:path';
import type { Pod } from '#mesh/model/pod.ts';
import type { PodPlan } from '#mesh/run/pods/pod-plan.ts';
import { RunningContainer } from '#mesh/run/pods/running-container.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import type { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';

export interface RunningPodOptions {
  readonly plan: PodPlan;
  /** The folder for its containers' logs. */
  readonly logs: string;
  readonly proxy?: ProxyProcess;
  /** After every change of state of one of its processes. */
  readonly onChange: (pod: RunningPod) => void;
}

/** A pod: its programs, and its sidecar, which starts with them and ends after them. */
export class RunningPod {
  readonly plan: PodPlan;
  readonly createdAt = new Date();
  readonly containers: readonly RunningContainer[];
  readonly proxy: ProxyProcess | undefined;
  readonly #hurry = new AbortController();
  #terminating = false;
  #stopped: Promise<void> | undefined;
  #wasReady = false;

  constructor(options: RunningPodOptions) {
    this.plan = options.plan;
    this.proxy = options.proxy;
    this.containers = options.plan.containers.map(
      (plan) =>
        new RunningContainer({
          plan,
          grace: options.plan.grace,
          log: new LogFile(join(options.logs, `${plan.name}.log`)),
          onChange: () => options.onChange(this),
        }),
    );
  }

  get key(): string {
    return `${this.plan.name}.${this.plan.namespace}`;
  }

  get terminating(): boolean {
    return this.#terminating;
  }

  /** Whether every container is ready, the sidecar among them. */
  get ready(): boolean {
    const ready =
      !this.#terminating &&
      this.containers.every((container) => container.ready) &&
      (this.proxy?.ready ?? true);
    this.#wasReady ||= ready;
    return ready;
  }

  /** Whether it has ever been ready: only then may callers know it. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** How its programs ended that are waiting for their next start. */
  get problems(): readonly string[] {
    return this.containers.flatMap(({ plan, program: { lastExit, state, restarts } }) => {
      const how =
        lastExit?.error ?? (lastExit?.signal ? `by ${lastExit.signal}` : `with code ${lastExit?.code}`);
      const ended = lastExit && state === 'waiting';
      return ended ? [`container ${plan.name} of ${this.key} ended ${how}; restarts: ${restarts}`] : [];
    });
  }

  /** As the model sees it. */
  get model(): Pod {
    const { name, namespace, labels, serviceAccount, address, ports, sidecar } = this.plan;
    const workload = this.plan.deployment;
    const facts = { name, workload, namespace, labels, serviceAccount, address, ports };
    return { ...facts, ready: this.ready, ...(sidecar && { sidecar }) };
  }

  /** Starts the programs; the sidecar starts when its configuration is written. */
  start(): void {
    for (const container of this.containers) {
      container.start();
    }
  }

  /** From now on it counts as not ready, so that its endpoints can be removed before anything is stopped. */
  retire(): void {
    this.#terminating = true;
  }

  /**
   * Ends the programs, then the sidecar, through which they may still be finishing requests.
   *
   * @param options.hurry skips the hooks `preStop`, also of an end that has begun: when everything ends, there is no
   * caller left to wait for.
   */
  stop({ hurry = false } = {}): Promise<void> {
    this.retire();
    if (hurry) {
      this.#hurry.abort();
    }
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    await Promise.all(this.containers.map((container) => container.stop(this.#hurry.signal)));
    await this.proxy?.stop();
    for (const { program } of this.containers) {
      program.log.close();
    }
  }
}
