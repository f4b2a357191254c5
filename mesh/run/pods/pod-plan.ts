import type { PodPort, Sidecar } from '#mesh/model/pod.ts';
import type { ProbeKind } from '#mesh/run/pods/container-probes.ts';
import type { ProbeTiming } from '#mesh/run/pods/probe-loop.ts';
import type { Command } from '#mesh/run/process/supervised.ts';

/** Everything that is decided about a pod before its first process starts; it never changes afterwards. */
export interface PodPlan {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** See `PodAddresses`. */
  readonly address: string;
  readonly deployment: string;
  readonly templateHash: string;
  readonly ports: readonly PodPort[];
  readonly sidecar?: Sidecar;
  readonly containers: readonly ContainerPlan[];
  /** The names of the PersistentVolumeClaims that it mounts. */
  readonly claims: readonly string[];
  /** Milliseconds for the hook `preStop` and the time between SIGTERM and SIGKILL together. */
  readonly grace: number;
}

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly command: Command;
  readonly probes: Partial<Readonly<Record<ProbeKind, ProbePlan>>>;
  /** Runs before SIGTERM; its outcome changes nothing. Must give up when the signal fires. */
  readonly preStop?: (signal: AbortSignal) => Promise<unknown>;
  /** Local ports that the program is expected to open. */
  readonly ports: readonly number[];
}

export interface ProbePlan {
  readonly timing: ProbeTiming;
  readonly check: (signal: AbortSignal) => Promise<boolean>;
}
