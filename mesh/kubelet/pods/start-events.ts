import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { EventRecorder } from '#mesh/controllers/event-recorder.ts';
import { playedByStandIn } from '#mesh/kubelet/pods/container-command.ts';
import { type ContainerPlan, pulledText } from '#mesh/kubelet/pods/pod-plan.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { scriptOf } from '#mesh/kubelet/stand-ins/script.ts';

export interface Beginning {
  readonly object: KubernetesObject;
  readonly pod: RunningPod;
  readonly kubelet: EventRecorder;
  readonly scheduler: EventRecorder;
}

/** Tells by events how a pod begins: each container when it has its turn. */
export async function tellStart({ object, pod, kubelet, scheduler }: Beginning): Promise<void> {
  const { plan, initialized } = pod;
  const { namespace, name } = object.metadata;
  pod.onHookFailed = (container) =>
    void kubelet.record(object, {
      ...{ type: 'Warning', reason: 'FailedPostStartHook', message: 'PostStartHook failed' },
      fieldPath: `spec.containers{${container}}`,
    });
  const message = `Successfully assigned ${namespace}/${name} to laptop`;
  await scheduler.record(object, { type: 'Normal', reason: 'Scheduled', message });
  for (const container of plan.initContainers ?? []) {
    await tellContainer({ object, kubelet }, container, `spec.initContainers{${container.name}}`);
  }
  await initialized;
  for (const container of plan.containers) {
    await tellContainer({ object, kubelet }, container, `spec.containers{${container.name}}`);
  }
}

type Teller = Pick<Beginning, 'object' | 'kubelet'>;

async function tellContainer(teller: Teller, container: ContainerPlan, fieldPath: string): Promise<void> {
  const at = (reason: string, text: string) =>
    teller.kubelet.record(teller.object, { type: 'Normal', reason, message: text, fieldPath });
  await at('Pulled', pulledText(container));
  await tellStandIn(teller, container, fieldPath);
  await at('Created', `Created container: ${container.name}`);
  await at('Started', `Started container ${container.name}`);
}

/** An answer does not show at once that it comes from a stand-in, nor that a script cannot be read. */
async function tellStandIn({ object, kubelet }: Teller, container: ContainerPlan, fieldPath: string) {
  const { name, image, played } = container;
  const warn = (reason: string, message: string) =>
    kubelet.record(object, { type: 'Warning', reason, message, fieldPath });
  if (played?.role === 'echo') await warn('StandIn', playedByStandIn(image).message);
  const found = played && scriptOf(object.metadata.annotations ?? {}, name);
  if (found && 'mistake' in found) {
    await warn('StandInScript', `line ${found.line} of the annotation ${found.annotation}: ${found.mistake}`);
  }
}
