import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import type { ContainerEngine } from '#mesh/kubelet/containers/engine.ts';
import { type ContainerSettings, runArguments, type WayOut } from '#mesh/kubelet/containers/run-arguments.ts';
import type { RealContainer } from '#mesh/kubelet/pods/pod-plan.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';

/** What a pod needs for containers of an engine's. */
export interface PodContainers {
  readonly engine: ContainerEngine;
  /** The pod as the store has it. */
  readonly object: KubernetesObject;
  readonly wayOut: WayOut;
}

export interface RealInput extends PodContainers {
  readonly container: Container;
  /** See `runArguments`. */
  readonly own: Readonly<Record<string, string>>;
  readonly runner: Readonly<Record<string, string>>;
  /** Those that this container has. */
  readonly ports: readonly PodPort[];
}

/** How an engine runs a container, and how others get into it. */
export function planReal(input: RealInput): { readonly command: Command; readonly real: RealContainer } {
  const { engine, object, container } = input;
  const { name: pod, uid } = object.metadata;
  // Engines take 253 characters; a pod's name may have as many.
  const name = `mesh101-${pod.slice(0, 100)}-${container.name}-${uid.slice(0, 8)}`;
  const command = engine.command(
    runArguments({
      ...input,
      ...{
        name,
        label: engine.label,
        hostname: pod.slice(0, 63),
        settings: settingsOf(object, container.name),
      },
    }),
  );
  const real: RealContainer = {
    engine: engine.name,
    begin: (log) => engine.begin(command, name, log),
    inside: (argv, options) => engine.inside(name, argv, options),
  };
  return { command, real };
}

/** What the manifest says of a container that means nothing to a program of this machine. */
export function settingsOf(object: KubernetesObject, container: string): ContainerSettings {
  const spec = object['spec'] as
    | {
        readonly containers?: readonly (ContainerSettings & { readonly name: string })[];
        readonly securityContext?: ContainerSettings['securityContext'];
      }
    | undefined;
  const { securityContext, ...settings } = spec?.containers?.find(({ name }) => name === container) ?? {};
  return { ...settings, securityContext: { ...spec?.securityContext, ...securityContext } };
}
