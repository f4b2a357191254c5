import { ApiError, badRequest, notFound } from '#mesh/apiserver/api-error.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { typeOf } from '#mesh/controllers/workload.ts';
import { sidecarContainer } from '#mesh/kubelet/pods/injection.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import type { Supervised } from '#mesh/kubelet/process/supervised.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';

const defaultContainer = 'kubectl.kubernetes.io/default-container';

export interface NamedContainer {
  readonly pod: RunningPod;
  readonly object: KubernetesObject;
  readonly container: string;
}

export interface ContainerName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | null;
}

/**
 * The container of a pod that a request means.
 *
 * @throws ApiError 404 for a pod, 400 for a container, and for a pod that is not running
 */
export function containerOf(mesh: Pick<LocalMesh, 'api' | 'pods'>, name: ContainerName): NamedContainer {
  const type = typeOf(mesh.api, 'pods');
  const object = mesh.api.store.get('pods', { namespace: name.namespace, name: name.pod });
  if (!object) throw notFound(type, name.pod);
  const containers = namesOf(object, ['initContainers', 'containers']);
  const [first = ''] = namesOf(object, ['containers']);
  const container = name.container || object.metadata.annotations?.[defaultContainer] || first;
  if (!containers.includes(container)) {
    throw badRequest(
      `container ${container} is not valid for pod ${name.pod}; it has ${containers.join(', ')}`,
    );
  }
  const pod = mesh.pods.find(({ plan }) => plan.uid === object.metadata.uid);
  if (!pod) throw notRunning(name.pod, container, object);
  return { pod, object, container };
}

function namesOf(
  object: KubernetesObject,
  lists: readonly ('containers' | 'initContainers')[],
): readonly string[] {
  const spec = object['spec'] as
    | Partial<Record<'containers' | 'initContainers', readonly { readonly name: string }[]>>
    | undefined;
  return lists.flatMap((list) => (spec?.[list] ?? []).map(({ name }) => name));
}

function notRunning(pod: string, container: string, object: KubernetesObject): ApiError {
  const status = object['status'] as
    | {
        readonly containerStatuses?: readonly {
          readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
        }[];
      }
    | undefined;
  const waiting = status?.containerStatuses?.[0]?.state?.waiting;
  const why = waiting
    ? `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}`
    : 'ContainerCreating';
  return badRequest(`container "${container}" in pod "${pod}" is waiting to start: ${why}`);
}

/** The process of a container; undefined for the control plane's, which is this one. */
export function programOf({ pod, container }: NamedContainer): Supervised | undefined {
  const own = pod.all.find(({ plan }) => plan.name === container)?.program;
  return own ?? (container === sidecarContainer ? pod.proxy?.program : undefined);
}

/** @throws ApiError 400 when the container's process does not run */
export function checkRunning(named: NamedContainer): void {
  const program = programOf(named);
  if (!program || program.state === 'running') return;
  throw new ApiError({
    code: 400,
    reason: 'BadRequest',
    message: `cannot exec in a stopped container: ${named.container} of pod ${named.pod.plan.name} is ${program.state}`,
  });
}
