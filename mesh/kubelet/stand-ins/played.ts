import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { Pod, Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import { findImage, type ImageProgram, type ImageTable, isPlayed } from '#mesh/kubelet/pods/images.ts';
import { probesOf } from '#mesh/kubelet/pods/probe-loop.ts';
import { type PortProtocol, spokenAt } from '#mesh/kubelet/stand-ins/port-protocols.ts';
import { type Script, scriptOf } from '#mesh/kubelet/stand-ins/script.ts';

/** A container that the shared process plays: what `services/stand-in/part.ts` calls a part, but for id and log. */
export interface PlayedContainer {
  readonly role: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly pod: {
    readonly name: string;
    readonly namespace: string;
    readonly workload: string;
    readonly version: string;
    readonly container: string;
  };
  readonly ports: readonly {
    readonly number: number;
    readonly local: number;
    readonly name?: string;
    readonly protocol: PortProtocol;
  }[];
  readonly probes: readonly string[];
  readonly script?: Script;
}

export interface PlayedInput {
  readonly container: Container;
  /** All that are programs of the user's. */
  readonly containers: readonly Container[];
  readonly pod: Pod;
  readonly workload: string;
  readonly resources: readonly Resource[];
  readonly images: ImageTable;
  readonly ports: readonly PodPort[];
  readonly env: Readonly<Record<string, string>>;
  /** The role's name, and its program's arguments and variables. */
  readonly args: readonly string[];
}

/** What the shared process needs to play a container. */
export function playedContainer(input: PlayedInput): PlayedContainer {
  const { container, containers, pod, workload, resources, env } = input;
  const { name, namespace, labels, annotations } = pod.metadata;
  const [role = 'echo', ...args] = input.args;
  const found = scriptOf(annotations, container.name);
  return {
    ...{ role, image: container.image, env, args },
    pod: { name, namespace, workload, version: labels['version'] ?? 'latest', container: container.name },
    ports: ownPorts(input, isPlayed).map(({ containerPort, appPort, name: called }) => ({
      number: containerPort,
      local: appPort,
      ...(called !== undefined && { name: called }),
      protocol: spokenAt(containerPort, { pod, containers, resources }).protocol,
    })),
    probes: Object.values(probesOf(container)).flatMap(({ httpGet }) => httpGet?.path.split('?')[0] ?? []),
    ...(found && 'script' in found && { script: found.script }),
  };
}

/** Each port has one container: the first that declares it; the first of those in question has what no container declares. */
export function ownPorts(
  {
    container,
    containers,
    images,
    ports,
  }: Pick<PlayedInput, 'container' | 'containers' | 'images' | 'ports'>,
  isOne: (program: ImageProgram | undefined) => boolean,
): readonly PodPort[] {
  const first = containers.find(({ image }) => isOne(findImage(images, image)));
  return ports.filter(({ containerPort }) => {
    const declaring = containers.find((one) => declares(one, containerPort));
    return (declaring ?? first) === container;
  });
}

function declares({ ports }: Container, port: number): boolean {
  return ports.some(({ containerPort }) => containerPort === port);
}
