import type { ProbeTiming } from '#mesh/run/pods/probe-loop.ts';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import { type Probe, probe } from '#mesh/schema/kubernetes/probe.ts';

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
