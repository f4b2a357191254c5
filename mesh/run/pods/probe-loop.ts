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
  /** Resolves to whether the program is well; must give up when the signal fires. */
  readonly check: (signal: AbortSignal) => Promise<boolean>;
  /** Once a threshold is reached, and again whenever the outcome changes. */
  readonly onOutcome: (passed: boolean) => void;
  /**
   * Ask from the start and often until the first success. A person waits for `up`, and a readiness or startup probe
   * that fails early changes nothing.
   */
  readonly eager: boolean;
}

const eagerPeriod = 50;

/** Runs a probe for as long as the container lives. Returns the function that ends it. */
export function startProbe({ timing, check, onOutcome, eager }: ProbeLoopOptions): () => void {
  const stop = new AbortController();
  let timer: NodeJS.Timeout;
  let outcome: boolean | undefined;
  let streak = { passed: false, length: 0 };

  async function probe(): Promise<void> {
    const started = Date.now();
    const passed = await checkOnce(
      check,
      AbortSignal.any([stop.signal, AbortSignal.timeout(timing.timeout)]),
    );
    if (stop.signal.aborted) {
      return;
    }
    streak = { passed, length: streak.passed === passed ? streak.length + 1 : 1 };
    if (streak.length >= threshold(passed) && outcome !== passed) {
      outcome = passed;
      onOutcome(passed);
    }
    timer = setTimeout(() => void probe(), Math.max(0, period() - (Date.now() - started)));
  }

  function threshold(passed: boolean): number {
    return passed ? timing.successThreshold : failuresAllowed();
  }

  /** Eager probing must not use up the failures in a fraction of the time that the manifest grants. */
  function failuresAllowed(): number {
    const granted = timing.initialDelay + timing.failureThreshold * timing.period;
    return isEager() ? Math.ceil(granted / period()) : timing.failureThreshold;
  }

  function isEager(): boolean {
    return eager && outcome === undefined;
  }

  function period(): number {
    return isEager() ? Math.min(eagerPeriod, timing.period) : timing.period;
  }

  // Without a delay kubelet begins at a random moment within the first period; the end of it is the kindest one.
  timer = setTimeout(() => void probe(), eager ? 0 : timing.initialDelay || timing.period);
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

async function checkOnce(check: ProbeLoopOptions['check'], signal: AbortSignal): Promise<boolean> {
  try {
    return await check(signal);
  } catch {
    return false;
  }
}
