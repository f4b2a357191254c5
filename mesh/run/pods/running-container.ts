import type { ContainerPlan, ProbePlan } from '#mesh/run/pods/pod-plan.ts';
import { checkTcp } from '#mesh/run/pods/probe-check.ts';
import { startProbe } from '#mesh/run/pods/probe-loop.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';
import { Supervised } from '#mesh/run/process/supervised.ts';

/** The kubelet's `minimumGracePeriodInSeconds`: what a program has however long its hook took. */
const leastGrace = 2_000;

export interface RunningContainerOptions {
  readonly plan: ContainerPlan;
  readonly log: LogFile;
  readonly grace: number;
  readonly onChange: () => void;
}

/** A container's program with its probes: they begin with every run and end with it. */
export class RunningContainer {
  readonly plan: ContainerPlan;
  readonly program: Supervised;
  readonly #options: RunningContainerOptions;
  #ready = false;
  #running = false;
  #probes: (() => void)[] = [];

  constructor(options: RunningContainerOptions) {
    this.plan = options.plan;
    this.#options = options;
    this.program = new Supervised({
      command: options.plan.command,
      log: options.log,
      onChange: ({ state }) => this.#onProgram(state === 'running'),
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  start(): void {
    this.program.start();
  }

  /**
   * Runs the hook `preStop`, then ends the program.
   *
   * @param hurry from now on, or as soon as it fires, nothing waits for the hook.
   */
  async stop(hurry: AbortSignal): Promise<void> {
    this.#endProbes();
    await this.program.stop(await this.#preStop(hurry));
  }

  /** As Kubernetes does it when a probe fails: with the hook. */
  async #restart(): Promise<void> {
    const { pid } = this.program;
    const grace = await this.#preStop();
    // It may have ended by itself meanwhile, and the next run is not to blame.
    if (this.program.pid === pid) {
      await this.program.restart(grace);
    }
  }

  /** Resolves with the milliseconds of the grace period that are left for the program. */
  async #preStop(hurry?: AbortSignal): Promise<number> {
    const { grace } = this.#options;
    const { preStop } = this.plan;
    if (!preStop || !this.#running || hurry?.aborted) {
      return grace;
    }
    const begun = Date.now();
    await preStop(AbortSignal.any([AbortSignal.timeout(grace), ...(hurry ? [hurry] : [])]));
    return Math.max(leastGrace, grace - (Date.now() - begun));
  }

  #onProgram(running: boolean): void {
    this.#endProbes();
    this.#running = running;
    this.#ready = false;
    if (running) {
      this.#beginProbes();
    }
    this.#options.onChange();
  }

  /** A startup probe holds the other two back until it has passed. */
  #beginProbes(): void {
    const { startup } = this.plan.probes;
    if (!startup) {
      this.#probeReadiness();
      this.#probeLiveness();
      return;
    }
    const end = this.#probe(startup, true, (passed) => {
      end();
      if (passed) {
        this.#probeReadiness();
        this.#probeLiveness();
      } else {
        void this.#restart();
      }
    });
  }

  #probeReadiness(): void {
    this.#probe(this.plan.probes.readiness ?? this.#openPort(), true, (passed) => this.#setReady(passed));
  }

  #probeLiveness(): void {
    const { liveness } = this.plan.probes;
    if (liveness) {
      this.#probe(liveness, false, (passed) => !passed && void this.#restart());
    }
  }

  /**
   * Without a readiness probe Kubernetes calls a container ready at once; waiting a moment for its port spares the
   * first caller a refused connection. A program that does not listen is ready after that moment all the same.
   */
  #openPort(): ProbePlan {
    const [port] = this.plan.ports;
    const deadline = Date.now() + 5_000;
    const day = 24 * 60 * 60 * 1000;
    return {
      timing: { initialDelay: 0, period: day, timeout: 1_000, successThreshold: 1, failureThreshold: 1 },
      check: async (signal) => port === undefined || Date.now() > deadline || (await checkTcp(port, signal)),
    };
  }

  #probe({ timing, check }: ProbePlan, eager: boolean, onOutcome: (passed: boolean) => void): () => void {
    const end = startProbe({
      timing,
      check,
      eager,
      onOutcome: (passed) => this.#running && onOutcome(passed),
    });
    this.#probes.push(end);
    return end;
  }

  #setReady(ready: boolean): void {
    this.#ready = ready;
    this.#options.onChange();
  }

  #endProbes(): void {
    for (const end of this.#probes) {
      end();
    }
    this.#probes = [];
  }
}
