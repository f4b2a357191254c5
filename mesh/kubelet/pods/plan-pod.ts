import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Container,
  InitContainer,
  Lifecycle,
  Probe,
} from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { Pod, Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { PodPort, Sidecar } from '#mesh/istiod/model/pod.ts';
import type { Programs } from '#mesh/kubelet/binary/programs.ts';
import { type PodContainers, planReal } from '#mesh/kubelet/containers/plan-real.ts';
import {
  commandOf,
  endsAtOnce,
  nothingDone,
  nothingPrepared,
  partOf,
  runsItself,
} from '#mesh/kubelet/pods/container-command.ts';
import { environmentOf, type PodFields } from '#mesh/kubelet/pods/environment.ts';
import { findImage, type ImageTable, isForeign, isPlayed, isReal } from '#mesh/kubelet/pods/images.ts';
import { sidecarContainer } from '#mesh/kubelet/pods/injection.ts';
import { type CheckContext, checkOf, localPort } from '#mesh/kubelet/pods/plan-check.ts';
import type { ContainerPlan, InitContainerPlan, PodPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { type ProbeKind, probesOf, timingOf } from '#mesh/kubelet/pods/probe-loop.ts';
import {
  exporterVariables,
  type RunnerVariablesInput,
  runnerVariables,
  serviceLinks,
} from '#mesh/kubelet/pods/runner-variables.ts';
import { claimNames, volumeMap } from '#mesh/kubelet/pods/volume-map.ts';
import { nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import { ownPorts, playedContainer } from '#mesh/kubelet/stand-ins/played.ts';

/** A Kubernetes grace period is meant for load balancers far away; a person at a laptop waits for `down`. */
const longestGrace = 10_000;

export interface PlanInput {
  readonly pod: Pod;
  readonly uid: string;
  /** See `PodPlan`. */
  readonly workload: string;
  readonly address: string;
  readonly resources: readonly Resource[];
  readonly images: ImageTable;
  readonly programs?: Pick<Programs, 'pathOf'>;
  /** Where the folders of claims are; absent where no pod has any. */
  readonly volumes?: string;
  /** Folders with the files of ConfigMaps and Secrets, by the volume's name. */
  readonly files?: ReadonlyMap<string, string>;
  readonly ports: readonly PodPort[];
  readonly sidecar?: Sidecar;
  readonly outboundPort: number;
  /** See `hostMap`; empty for none. */
  readonly hostMap?: string;
  readonly host: NodeJS.ProcessEnv;
  readonly trust?: RunnerVariablesInput['trust'];
  readonly collector?: RunnerVariablesInput['collector'];
  /** For programs and Envoys that draw faults. */
  readonly seed?: number;
  /** Where Docker or Podman runs real images. */
  readonly containers?: PodContainers;
}

/** Everything about a pod before it starts, from its object and the ports leased for it. */
export function planPod(input: PlanInput): PodPlan {
  const { workload, ports, sidecar } = input;
  const { spec } = input.pod;
  const pod = factsOf(input);
  return {
    ...pod,
    role: 'workload',
    workload,
    ports,
    ...(sidecar && { sidecar }),
    containers: programContainers(input.pod).map((container) =>
      endsAtOnce(partOf(input.pod), container, input.images)
        ? planFinite(container, pod, input)
        : planContainer(container, pod, input),
    ),
    initContainers: spec.initContainers.map((container) => planInitContainer(container, pod, input)),
    restartPolicy: spec.restartPolicy,
    ...(spec.activeDeadlineSeconds !== undefined && { deadline: spec.activeDeadlineSeconds * 1000 }),
    claims: claimNames(input.pod),
    grace: Math.min(spec.terminationGracePeriodSeconds * 1000, longestGrace),
  };
}

/** What a pod's variables and files may tell of it. */
export function factsOf({ pod, uid, address }: Pick<PlanInput, 'pod' | 'uid' | 'address'>): PodFields {
  const { metadata, spec } = pod;
  const { name, namespace, labels, annotations } = metadata;
  return {
    ...{ name, namespace, uid, labels, annotations, address },
    serviceAccount: spec.serviceAccountName ?? spec.serviceAccount ?? 'default',
  };
}

/** The containers that are programs of the user's. */
export function programContainers({ spec }: Pod): readonly Container[] {
  return spec.containers.filter(({ name }) => name !== sidecarContainer);
}

/** The same with those that come before them. */
export function startedContainers(pod: Pod): readonly Container[] {
  return [...pod.spec.initContainers, ...programContainers(pod)];
}

function planContainer(container: Container, pod: PodFields, input: PlanInput): ContainerPlan {
  const program = findImage(input.images, container.image);
  if (input.containers && isReal(program)) return planRealContainer(container, pod, input, input.containers);
  const { runner, own } = containerEnvironment(container, pod, input);
  const env = { ...runner, ...own };
  const command = commandOf({ container, images: input.images, env });
  if (!command) throw new Error(`no program plays the image ${container.image}`);
  const isStandIn = isPlayed(command && { command: [command.command] });
  const isOther = isStandIn || (program !== undefined && isForeign(program));
  const context = {
    ...{ container, command: { ...command, env }, ports: input.ports },
    ...(isOther && { foreign: { listens: isStandIn || program?.ports !== undefined } }),
  };
  return {
    name: container.name,
    image: container.image,
    command: context.command,
    ...(container.stdin && !isStandIn && { attended: { once: container.stdinOnce, tty: container.tty } }),
    ...(isStandIn && {
      played: playedContainer({
        ...{ container, env, args: command.args, containers: programContainers(input.pod) },
        ...{ pod: input.pod, workload: input.workload, resources: input.resources },
        ...{ images: input.images, ports: input.ports },
      }),
    }),
    probes: planProbes(context),
    ...planPreStop(container.lifecycle, context),
    ...planStart(container.lifecycle, context),
    ports: container.ports.flatMap(({ containerPort }) => localPort(containerPort, context) ?? []),
  };
}

function planRealContainer(
  container: Container,
  pod: PodFields,
  input: PlanInput,
  containers: PodContainers,
): ContainerPlan {
  const all = programContainers(input.pod);
  const ports = ownPorts({ container, containers: all, images: input.images, ports: input.ports }, isReal);
  const environment = containerEnvironment(container, pod, input);
  const { command, real } = planReal({ ...containers, container, ports, ...environment });
  const context = { container, command, ports: input.ports, inside: real.inside };
  return {
    ...{ name: container.name, image: container.image, command, real },
    probes: planProbes(context),
    ...planPreStop(container.lifecycle, context),
    ports: ports.map(({ appPort }) => appPort),
  };
}

function planProbes(context: CheckContext): ContainerPlan['probes'] {
  const declared = Object.entries(probesOf(context.container)) as [ProbeKind, Probe][];
  return Object.fromEntries(
    declared.map(([kind, probe]) => [kind, { timing: timingOf(probe), check: checkOf(probe, context) }]),
  );
}

function planInitContainer(container: InitContainer, pod: PodFields, input: PlanInput): InitContainerPlan {
  const sidecar = container.restartPolicy === 'Always';
  return { ...(sidecar ? planContainer : planFinite)(container, pod, input), sidecar };
}

/** What is not run would never end: it has nothing to do, and says so. */
function planFinite(container: InitContainer, pod: PodFields, input: PlanInput): ContainerPlan {
  const { played, ...plan } = planContainer(container, pod, input);
  const isInit = input.pod.spec.initContainers.some(({ name }) => name === container.name);
  if (isInit && runsItself(container, input.images)) return { ...plan, ...(played && { played }) };
  const text = isInit ? nothingPrepared(container) : nothingDone(container);
  const args = ['-e', `console.log(${JSON.stringify(text)})`];
  return { ...plan, probes: {}, command: { ...plan.command, command: nodeExecutable, args } };
}

/** What the mesh and the image give a container, and what its manifest does, which wins. */
function containerEnvironment(
  container: Container,
  pod: PodFields,
  input: PlanInput,
): { readonly runner: Record<string, string>; readonly own: Readonly<Record<string, string>> } {
  const { resources, host, ports, outboundPort, hostMap, trust, collector, seed, volumes, files } = input;
  const links = input.pod.spec.enableServiceLinks ? serviceLinks(pod.namespace, resources) : {};
  const own = environmentOf({ container, resources, pod, serviceVariables: links });
  const mounts = volumes !== undefined && { container, pod: input.pod, volumes, env: own };
  const mounted = mounts ? volumeMap({ ...mounts, ...(files && { files }) }) : '';
  const runner = {
    ...runnerVariables({
      ...{ host, podName: pod.name, ports, outboundPort },
      ...(hostMap && { hostMap }),
      ...(trust && { trust }),
      ...(collector && { collector }),
    }),
    ...imageVariables(container, input),
    ...(mounted && { VOLUME_MAP: mounted }),
    ...(seed === undefined ? {} : { RAND_SEED: String(seed) }),
    ...exporterVariables(own, collector),
  };
  return { runner, own };
}

/** What the image itself sets, and where its programs are. */
function imageVariables({ image }: Container, { images, programs, host }: PlanInput): Record<string, string> {
  const { env, path, program } = findImage(images, image) ?? {};
  const file = program && programs?.pathOf(program);
  const searched = path && [path, host['PATH']].filter(Boolean).join(':');
  return { ...(searched && { PATH: searched }), ...env, ...(file && { PROGRAM: file }) };
}

function planStart(
  { postStart, stopSignal }: Lifecycle = {},
  context: CheckContext,
): Pick<ContainerPlan, 'postStart' | 'stopSignal'> {
  // A signal that this system does not know is left to its default.
  const known = Object.keys(constants.signals).find((name) => name === stopSignal);
  return {
    ...(postStart && { postStart: hook(postStart, context) }),
    ...(known !== undefined && { stopSignal: known as NodeJS.Signals }),
  };
}

/** What a container does between leaving the endpoints and SIGTERM. */
export function planPreStop(
  lifecycle: Lifecycle | undefined,
  context: CheckContext,
): Pick<ContainerPlan, 'preStop'> {
  if (!lifecycle?.preStop) {
    return {};
  }
  return { preStop: hook(lifecycle.preStop, context) };
}

function hook(
  { sleep, ...handler }: NonNullable<Lifecycle['preStop']>,
  context: CheckContext,
): (signal: AbortSignal) => Promise<boolean> {
  if (!sleep) return checkOf(handler, context);
  // A pause that is cut short is over, and no error.
  return (signal) => pause(sleep.seconds * 1000, true, { signal }).catch(() => false);
}
