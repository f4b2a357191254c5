import { join } from 'node:path';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import { InitSequence } from '#mesh/kubelet/pods/init-sequence.ts';
import type { ContainerPlan, PodPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { Readiness } from '#mesh/kubelet/pods/readiness.ts';
import { RunningContainer } from '#mesh/kubelet/pods/running-container.ts';
import { newLogFile } from '#mesh/kubelet/process/log-file.ts';
import type { RestartPolicy } from '#mesh/kubelet/process/supervised.ts';
import type { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';
import type { PlayHost } from '#mesh/kubelet/stand-ins/play-host.ts';

export interface RunningPodOptions {
  readonly plan: PodPlan;
  /** The folder for its containers' logs. */
  readonly logs: string;
  readonly proxy?: ProxyProcess;
  /** Plays the containers that have no separate program. */
  readonly host?: PlayHost;
  /** After every change of state of one of its processes. */
  readonly onChange: (pod: RunningPod) => void;
}

/** A pod: its programs, and its sidecar, which starts with them or before, and ends after them. */
export class RunningPod {
  readonly plan: PodPlan;
  readonly createdAt = new Date();
  readonly containers: readonly RunningContainer[];
  /** What comes before the containers. */
  readonly init: InitSequence;
  /** Resolves when all of them have done their part, so that the containers start. */
  readonly initialized: Promise<void>;
  readonly #initialize: () => void;
  /** A container's hook `postStart` has failed. */
  onHookFailed: (container: string) => void = () => {};
  readonly proxy: ProxyProcess | undefined;
  readonly #readiness = new Readiness();
  readonly #onChange: (pod: RunningPod) => void;
  readonly #hurry = new AbortController();
  readonly #gone = new AbortController();
  /** Containers whose turn has not come. */
  #unstarted: readonly RunningContainer[];
  readonly #options: RunningPodOptions;
  #terminating = false;
  #begun = false;
  #expired = false;
  #deadline: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  #proxyEnd: Promise<void> | undefined;

  constructor(options: RunningPodOptions) {
    const { containers, initContainers = [], restartPolicy } = options.plan;
    this.plan = options.plan;
    this.#options = options;
    this.#onChange = options.onChange;
    this.proxy = options.proxy;
    this.containers = containers.map((plan) => this.#container(plan, restartPolicy));
    this.#unstarted = this.containers;
    // What has ended well is over, whatever the pod says of its containers.
    const once = restartPolicy === 'Never' ? 'Never' : 'OnFailure';
    this.init = new InitSequence(
      initContainers.map((plan) => ({
        running: this.#container(plan, plan.sidecar ? 'Always' : once),
        sidecar: plan.sidecar,
      })),
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    this.initialized = promise;
    this.#initialize = resolve;
  }

  #container(plan: ContainerPlan, restartPolicy: RestartPolicy): RunningContainer {
    const { host, logs } = this.#options;
    return new RunningContainer({
      ...{ plan, restartPolicy, grace: this.plan.grace },
      ...(host && { host }),
      log: newLogFile(join(logs, `${plan.name}.log`)),
      onChange: () => this.changed(),
      onHookFailed: () => this.onHookFailed(plan.name),
    });
  }

  /** Init containers, then the others. */
  get all(): readonly RunningContainer[] {
    return [...this.init.containers.map(({ running }) => running), ...this.containers];
  }

  get key(): string {
    return `${this.plan.name}.${this.plan.namespace}`;
  }

  get terminating(): boolean {
    return this.#terminating;
  }

  /** Whether every container is ready, the sidecar among them, and every Envoy knows it: the next request is answered. */
  get ready(): boolean {
    return this.#readiness.ready && (this.proxy?.ready ?? true);
  }

  /** Fires when its last program has ended, the sidecar too. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether it has ever been ready. */
  get wasReady(): boolean {
    return this.#readiness.wasReady;
  }

  /** Whether a container counts as ready for those who look: none does while the Envoys are being told of the pod. */
  showsReady(container: RunningContainer): boolean {
    const { serves, ready } = this.#readiness;
    return container.ready && (ready || !serves);
  }

  /** How it ended: every program has, and none is started again. Undefined while one may still run. */
  get outcome(): 'Succeeded' | 'Failed' | undefined {
    if (this.init.hasFailed) return 'Failed';
    if (this.#expired)
      return this.all.every(({ program }) => program.state !== 'running') ? 'Failed' : undefined;
    const ends = this.containers.map(({ program }) =>
      program.state === 'ended' ? program.lastExit : undefined,
    );
    if (ends.length === 0 || ends.includes(undefined)) return undefined;
    return ends.every((exit) => exit?.code === 0) ? 'Succeeded' : 'Failed';
  }

  /** Whether it has run longer than it may. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Notes what serves now; call it before telling the Envoys. Returns the function to call when all have acknowledged. */
  tell(): () => void {
    this.#observe();
    const { spell } = this.#readiness;
    return () => this.#readiness.announced(spell);
  }

  /** One of its processes has changed its state. */
  changed(): void {
    this.#advance();
    this.#observe();
    this.#onChange(this);
  }

  /** What may start is started: an init container, or all that they have prepared. */
  #advance(): void {
    if (!this.#begun || this.#terminating || this.#expired) return;
    this.init.advance();
    if (!this.init.isDone) return;
    this.#initialize();
    const serves = this.proxy?.serves ?? true;
    const next = this.#unstarted.filter((container) => serves || !this.#followsSidecar(container));
    this.#unstarted = this.#unstarted.filter((container) => !next.includes(container));
    for (const container of next) container.start();
  }

  /** What runs once, or has a person waiting, comes after the sidecar: a job whose first request fails has failed. */
  #followsSidecar({ plan }: RunningContainer): boolean {
    return this.plan.restartPolicy !== 'Always' || plan.attended !== undefined;
  }

  #observe(): void {
    const isReady = this.containers.every(({ ready }) => ready) && this.init.sidecarsAreReady;
    const isWhole = isReady && (this.proxy?.serves ?? true);
    this.#readiness.observe(isWhole && !this.#terminating && !this.#expired);
  }

  /** How those of its programs ended that wait for their next start. */
  get problems(): readonly string[] {
    return this.all.flatMap(({ plan, program: { lastExit, state, restarts } }) => {
      const how =
        lastExit?.error ?? (lastExit?.signal ? `by ${lastExit.signal}` : `with code ${lastExit?.code}`);
      const ended = lastExit && state === 'waiting';
      return ended ? [`container ${plan.name} of ${this.key} ended ${how}; restarts: ${restarts}`] : [];
    });
  }

  /** As the model sees it. */
  get model(): Pod {
    const { name, namespace, labels, serviceAccount, address, ports, sidecar, workload } = this.plan;
    const facts = { name, workload, namespace, labels, serviceAccount, address, ports };
    return { ...facts, ready: this.#readiness.serves, ...(sidecar && { sidecar }) };
  }

  /** Starts the programs; the sidecar starts when its configuration is written. */
  start(): void {
    this.#begun = true;
    const { deadline } = this.plan;
    if (deadline !== undefined) this.#deadline = setTimeout(() => void this.#expire(), deadline);
    this.#advance();
  }

  /** Ends what runs too long: it has failed, and stays to be looked at. */
  async #expire(): Promise<void> {
    this.#expired = true;
    this.#observe();
    const hurry = this.#hurry.signal;
    await Promise.all(this.containers.map((container) => container.stop(hurry)));
    await this.init.stop(hurry);
    this.changed();
  }

  /** From now on it counts as not ready, so that its endpoints can be removed before anything is stopped. */
  retire(): void {
    this.#terminating = true;
    this.#observe();
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

  /** Sidecars go by themselves when their pod has ended. */
  endProxy(): Promise<void> {
    clearTimeout(this.#deadline);
    this.#proxyEnd ??= this.init.stop(this.#hurry.signal).then(() => this.proxy?.stop());
    return this.#proxyEnd;
  }

  async #end(): Promise<void> {
    await Promise.all(this.containers.map((container) => container.stop(this.#hurry.signal)));
    await this.endProxy();
    this.#gone.abort();
    for (const { program } of this.all) {
      program.log.close();
    }
  }
}
