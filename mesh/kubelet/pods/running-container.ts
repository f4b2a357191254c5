import type { ContainerPlan, ProbePlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { checkTcp } from '#mesh/kubelet/pods/probe-check.ts';
import { startProbe } from '#mesh/kubelet/pods/probe-loop.ts';
import { startAttended } from '#mesh/kubelet/process/attended.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { type RestartPolicy, Supervised } from '#mesh/kubelet/process/supervised.ts';
import type { PlayHost } from '#mesh/kubelet/stand-ins/play-host.ts';

/** The kubelet's `minimumGracePeriodInSeconds`: what a program gets however long its hook took. */
const leastGrace = 2_000;
/**
 * How long a program without a startup probe may take for its first answer before failed liveness probes count. A busy
 * laptop needs a minute for what a cluster does in a second.
 */
const slowStart = 3 * 60 * 1000;

export interface RunningContainerOptions {
  readonly plan: ContainerPlan;
  readonly log: LogFile;
  readonly grace: number;
  readonly restartPolicy?: RestartPolicy;
  /** The shared process, if its plan says so. */
  readonly host?: PlayHost;
  /** Milliseconds. */
  readonly slowStart?: number;
  readonly onChange: () => void;
  /** The hook `postStart` has failed; the program is started anew. */
  readonly onHookFailed?: () => void;
}

/** A container's program with its probes: they begin with every run and end with it. */
export class RunningContainer {
  readonly plan: ContainerPlan;
  readonly program: Supervised;
  readonly #options: RunningContainerOptions;
  #ready = false;
  #hasStarted = false;
  #running = false;
  #run = new AbortController();
  #probes: (() => void)[] = [];

  constructor(options: RunningContainerOptions) {
    this.plan = options.plan;
    this.#options = options;
    const { host, plan } = options;
    const { attended, played, real } = plan;
    this.program = new Supervised({
      command: plan.command,
      ...(host && played && { begin: (log: LogFile) => host.play(played, log.path) }),
      ...(attended && { begin: (log: LogFile) => startAttended(plan.command, attended, log) }),
      ...(real && { begin: (log: LogFile) => real.begin(log) }),
      log: options.log,
      ...(options.restartPolicy && { restartPolicy: options.restartPolicy }),
      ...(plan.stopSignal && { stopSignal: plan.stopSignal }),
      onChange: ({ state }) => this.#onProgram(state === 'running'),
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Whether its program has ever got through `postStart` and its startup probe. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Fires when the program's current run has ended. */
  get runEnded(): AbortSignal {
    return this.#run.signal;
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
    const { startedAt } = this.program;
    const grace = await this.#preStop();
    // It may have ended meanwhile, and the next run is not to blame.
    if (this.program.startedAt === startedAt) {
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
    if (running) void this.#started();
    else {
      this.#run.abort();
      this.#run = new AbortController();
    }
    this.#options.onChange();
  }

  /** As in Kubernetes, nothing is probed while the hook `postStart` runs; it may take as long as it likes. */
  async #started(): Promise<void> {
    const { postStart } = this.plan;
    if (!postStart) return this.#beginProbes();
    const { startedAt } = this.program;
    const ended = new AbortController();
    this.#probes.push(() => ended.abort());
    const passed = await postStart(ended.signal).catch(() => false);
    // The run that it was meant for may be over.
    if (ended.signal.aborted || this.program.startedAt !== startedAt) return;
    if (passed) return this.#beginProbes();
    this.#options.onHookFailed?.();
    await this.#restart();
  }

  /** A startup probe holds the other two back until it has passed; without one, the first answer starts liveness. */
  #beginProbes(): void {
    const { startup, readiness } = this.plan.probes;
    if (!startup) {
      this.#hasStarted = true;
      const answered = this.#afterFirstAnswer(() => this.#probeLiveness());
      this.#probeReadiness(readiness && answered);
      return;
    }
    const end = this.#probe(startup, true, (passed) => {
      end();
      if (passed) {
        this.#hasStarted = true;
        this.#probeReadiness();
        this.#probeLiveness();
      } else {
        void this.#restart();
      }
    });
  }

  #probeReadiness(onFirst?: () => void): void {
    this.#probe(this.plan.probes.readiness ?? this.#openPort(), true, (passed) => {
      if (passed) {
        onFirst?.();
      }
      this.#setReady(passed);
    });
  }

  /**
   * Calls `begin` when the program has answered its liveness probe, or has had its time to start. Returns what another
   * probe calls that had an answer sooner.
   */
  #afterFirstAnswer(begin: () => void): () => void {
    const { liveness } = this.plan.probes;
    if (!liveness) {
      return () => {};
    }
    let begun = false;
    const failureThreshold = Math.ceil((this.#options.slowStart ?? slowStart) / liveness.timing.period);
    const timing = { ...liveness.timing, successThreshold: 1, failureThreshold };
    const end = this.#probe({ timing, check: liveness.check }, false, () => answered());
    const answered = () => {
      end();
      if (!begun) {
        begun = true;
        begin();
      }
    };
    return answered;
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
