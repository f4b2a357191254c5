import { type Container, type Probe, probe } from '#mesh/istiod/config/schema/kubernetes/container.ts';

/** A probe's numbers with Kubernetes' defaults filled in, in milliseconds. */
export interface ProbeTiming {
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export interface ProbeLoopOptions {
  readonly timing: ProbeTiming;
  /** Resolves with whether the program is well; must give up when the signal fires. */
  readonly check: (signal: AbortSignal) => Promise<boolean>;
  /** Once a threshold is reached, and again whenever the outcome changes. */
  readonly onOutcome: (passed: boolean) => void;
  /**
   * Probes from the start, and often, until the first success: a person waits for `up`, and a readiness or startup probe
   * that fails early changes nothing. The longer it has failed, the less often.
   */
  readonly eager: boolean;
}

const eagerPeriod = 50;
/** A start that takes ten seconds, on a busy machine, is not made longer still by two hundred probes of every pod. */
const eagerShare = 0.05;
/** If a check took this much longer than its time-out, the machine stood still, not the program. */
const stall = 1_000;

/** Runs a probe for as long as the container lives. Returns the function that ends it. */
export function startProbe({ timing, check, onOutcome, eager }: ProbeLoopOptions): () => void {
  let stopped = false;
  let attempt = new AbortController();
  let timer: NodeJS.Timeout;
  let outcome: boolean | undefined;
  let streak = { passed: false, length: 0 };
  let failedFor = 0;

  async function probe(): Promise<void> {
    const started = Date.now();
    const passed = await checkOnce();
    if (stopped) {
      return;
    }
    if (passed || Date.now() - started < timing.timeout + stall) {
      count(passed);
    }
    timer = setTimeout(() => void probe(), Math.max(0, period() - (Date.now() - started)));
  }

  /** One controller for each check: signals derived from a long-lived one would pile up. */
  async function checkOnce(): Promise<boolean> {
    attempt = new AbortController();
    const { signal } = attempt;
    const limit = setTimeout(() => attempt.abort(), timing.timeout);
    try {
      return await check(signal);
    } catch {
      return false;
    } finally {
      clearTimeout(limit);
    }
  }

  function count(passed: boolean): void {
    streak = { passed, length: streak.passed === passed ? streak.length + 1 : 1 };
    failedFor = passed ? 0 : failedFor + period();
    if (isReached(passed) && outcome !== passed) {
      outcome = passed;
      onOutcome(passed);
    }
  }

  /** Eager probing must not use up the failures in a fraction of the time that the manifest grants. */
  function isReached(passed: boolean): boolean {
    if (passed) return streak.length >= timing.successThreshold;
    if (isEager()) return failedFor >= timing.initialDelay + timing.failureThreshold * timing.period;
    return streak.length >= timing.failureThreshold;
  }

  function isEager(): boolean {
    return eager && outcome === undefined;
  }

  function period(): number {
    return isEager() ? Math.min(Math.max(eagerPeriod, failedFor * eagerShare), timing.period) : timing.period;
  }

  // Without a delay, the kubelet begins at a random moment within the first period; its end gives the program the most time.
  timer = setTimeout(() => void probe(), eager ? 0 : timing.initialDelay || timing.period);
  return () => {
    stopped = true;
    attempt.abort();
    clearTimeout(timer);
  };
}

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** The probes that a container declares. */
export function probesOf(container: Container): Partial<Record<ProbeKind, Probe>> {
  const all = container as Readonly<Record<string, unknown>>;
  const kinds: readonly ProbeKind[] = ['startup', 'readiness', 'liveness'];
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const declared = all[`${kind}Probe`];
      return declared === undefined ? [] : [[kind, probe.parse(declared)]];
    }),
  );
}

export function timingOf(declared: Probe): ProbeTiming {
  return {
    initialDelay: declared.initialDelaySeconds * 1000,
    period: declared.periodSeconds * 1000,
    timeout: declared.timeoutSeconds * 1000,
    successThreshold: declared.successThreshold,
    failureThreshold: declared.failureThreshold,
  };
}
