import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Pod } from '#mesh/istiod/config/schema/resource.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import { sidecarContainer } from '#mesh/kubelet/pods/injection.ts';
import { type PodPlan, type PodRole, workloadOf } from '#mesh/kubelet/pods/pod-plan.ts';

/** By the containers of Istio's own installation. */
export function roleOf({ spec, metadata }: Pod): PodRole {
  const [first] = spec.containers;
  if (spec.containers.length === 1 && first?.name === 'discovery' && metadata.labels['app'] === 'istiod')
    return 'control-plane';
  return spec.containers.length === 1 && first?.name === sidecarContainer ? 'gateway' : 'workload';
}

export type SystemRole = Exclude<PodRole, 'workload'>;

interface SystemPod {
  /** As the store has it. */
  readonly object: KubernetesObject;
  readonly pod: Pod;
  readonly role: SystemRole;
  /** Nothing is bound to it, as to no pod's address; a gateway's ports are this machine's. */
  readonly address: string;
  /** A gateway's ports. Asked at each use: a Gateway that comes later may open more. */
  readonly ports: () => readonly PodPort[];
}

/** A pod of Istio itself: a gateway is an Envoy, and the control plane is the mesh's own process. */
export function systemPlan({ object, pod, role, address, ports }: SystemPod): PodPlan {
  const { name, namespace, labels, annotations } = pod.metadata;
  return {
    ...{ name, namespace, labels, annotations, role, address },
    uid: object.metadata.uid,
    serviceAccount: pod.spec.serviceAccountName ?? 'default',
    workload: workloadOf(object.metadata),
    get ports() {
      return role === 'gateway' ? ports() : [];
    },
    containers: [],
    restartPolicy: 'Always',
    claims: [],
    grace: 0,
  };
}
