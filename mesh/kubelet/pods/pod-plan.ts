import type { ObjectMeta } from '#mesh/apiserver/object.ts';
import type { Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { PodPort, Sidecar } from '#mesh/istiod/model/pod.ts';
import type { ProbeKind, ProbeTiming } from '#mesh/kubelet/pods/probe-loop.ts';
import type { Attended } from '#mesh/kubelet/process/attended.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';
import type { ProgramRun, RestartPolicy } from '#mesh/kubelet/process/supervised.ts';
import type { PlayedContainer } from '#mesh/kubelet/stand-ins/played.ts';

/** Pods of Istio's own are played by the mesh itself. */
export type PodRole = 'workload' | 'gateway' | 'control-plane';

/** Everything that is decided about a pod before its first process starts; it never changes afterwards. */
export interface PodPlan {
  readonly role: PodRole;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** See `PodAddresses`. */
  readonly address: string;
  /** What telemetry names it by: the Deployment of its ReplicaSet, or another owner, or itself. */
  readonly workload: string;
  readonly ports: readonly PodPort[];
  readonly sidecar?: Sidecar;
  readonly containers: readonly ContainerPlan[];
  /** They run in this order before the containers. */
  readonly initContainers?: readonly InitContainerPlan[];
  /** Whether a program that ends is started again. */
  readonly restartPolicy: RestartPolicy;
  /** The names of the PersistentVolumeClaims that it mounts. */
  readonly claims: readonly string[];
  /** Milliseconds for the hook `preStop` and the time between SIGTERM and SIGKILL together. */
  readonly grace: number;
  /** Milliseconds after which it has failed, whatever it does. */
  readonly deadline?: number;
}

export interface InitContainerPlan extends ContainerPlan {
  /** Whether it goes on running beside the containers, instead of having to end first. */
  readonly sidecar: boolean;
}

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly command: Command;
  /** Where the shared process plays it; the command is then only what `kubectl exec` starts beside. */
  readonly played?: PlayedContainer;
  /** Absent where the program has no standard input. */
  readonly attended?: Attended;
  /** Where Docker or Podman runs its image. */
  readonly real?: RealContainer;
  readonly probes: Partial<Readonly<Record<ProbeKind, ProbePlan>>>;
  /** Runs before SIGTERM; its outcome changes nothing. Must give up when the signal fires. */
  readonly preStop?: (signal: AbortSignal) => Promise<unknown>;
  /** Runs when the program has started, before any probe; when it fails, the program is started anew. */
  readonly postStart?: (signal: AbortSignal) => Promise<boolean>;
  /** What asks the program to end; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Local ports that the program is expected to open. */
  readonly ports: readonly number[];
}

/** A container of an engine's. */
export interface RealContainer {
  readonly engine: string;
  begin(log: LogFile): ProgramRun;
  /** A command within it, while it runs. */
  inside(argv: readonly string[], options?: { readonly tty?: boolean }): Command;
}

export interface ProbePlan {
  readonly timing: ProbeTiming;
  readonly check: (signal: AbortSignal) => Promise<boolean>;
}

/** Of the event `Pulled`. */
export function pulledText({ image, played, real }: ContainerPlan): string {
  if (real) return `Container image "${image}" is present, and ${real.engine} runs it`;
  return `${played?.role === 'echo' ? 'A stand-in' : 'A program of this machine'} plays the image "${image}"`;
}

/** The name that telemetry has for a pod's workload: the Deployment of its ReplicaSet, or another owner, or itself. */
export function workloadOf({ name, generateName, labels, ownerReferences }: Partial<ObjectMeta>): string {
  const owner = ownerReferences?.find(({ controller }) => controller);
  if (!owner) return name || (generateName ?? '').replace(/-$/, '');
  const hash = labels?.['pod-template-hash'];
  return owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)
    ? owner.name.slice(0, -hash.length - 1)
    : owner.name;
}

/** What the pod's Envoy is, before the model knows it; undefined where the pod has none. */
export function proxyOf(plan: PodPlan): MeshProxy | undefined {
  const { name, namespace, labels, serviceAccount, ports, sidecar, workload } = plan;
  const facts = { name, namespace, labels, serviceAccount, workload };
  if (plan.role === 'gateway') return { role: 'gateway', gateway: { ...facts, servers: [] } };
  return sidecar && { role: 'sidecar', pod: { ...facts, ports, sidecar, ready: false }, sidecar };
}
