import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { type KeySource, keySource } from '#mesh/istiod/config/gateway-credentials.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { Pod, Resource } from '#mesh/istiod/config/schema/resource.ts';

/** Why a pod waits for a missing object, in a kubelet's words. */
export interface MissingReference {
  /** Of the containers that wait; `Unschedulable`: the pod has no node yet. */
  readonly reason: 'CreateContainerConfigError' | 'ContainerCreating' | 'Unschedulable';
  readonly message: string;
  /** Of the event that tells it. */
  readonly event: 'Failed' | 'FailedMount' | 'FailedScheduling';
}

interface Reference {
  readonly name: string;
  readonly key?: string;
  readonly optional?: boolean;
}

interface Volume {
  readonly name: string;
  readonly configMap?: Partial<Reference>;
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean };
}

export interface PodReferences {
  readonly object: KubernetesObject;
  readonly pod: Pod;
  readonly resources: readonly Resource[];
}

/** The first missing object that a pod needs: claims first, then the content of volumes, then variables. */
export function missingReference(references: PodReferences): MissingReference | undefined {
  return missingClaim(references) ?? missingVolume(references) ?? missingVariable(references);
}

function missingClaim({ pod, resources }: PodReferences): MissingReference | undefined {
  const { namespace } = pod.metadata;
  const claims = pod.spec.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim ?? []);
  const missing = claims.find(
    ({ claimName }) =>
      !resources.some(
        ({ kind, metadata }) =>
          kind === 'PersistentVolumeClaim' && metadata.name === claimName && metadata.namespace === namespace,
      ),
  );
  if (!missing) return undefined;
  const message = `0/1 nodes are available: persistentvolumeclaim ${JSON.stringify(missing.claimName)} not found.`;
  return { reason: 'Unschedulable', message, event: 'FailedScheduling' };
}

/** No file comes into a pod on a laptop; yet a pod whose files do not exist does not start, as in a cluster. */
function missingVolume({ object, pod, resources }: PodReferences): MissingReference | undefined {
  const { namespace } = pod.metadata;
  const { volumes = [] } = object['spec'] as { readonly volumes?: readonly Volume[] };
  for (const { name: volume, configMap, secret } of volumes) {
    const source = secret ? { ...secret, name: secret.secretName } : configMap;
    if (source?.name === undefined || source.optional) continue;
    const kind = secret ? 'Secret' : 'ConfigMap';
    const what = sourceProblem({ kind, name: source.name, namespace }, resources);
    if (what === undefined) continue;
    const message = `MountVolume.SetUp failed for volume "${volume}" : ${what}`;
    return { reason: 'ContainerCreating', message, event: 'FailedMount' };
  }
  return undefined;
}

function missingVariable({ pod, resources }: PodReferences): MissingReference | undefined {
  const { namespace } = pod.metadata;
  for (const container of [...pod.spec.initContainers, ...pod.spec.containers]) {
    for (const { kind, ...reference } of variableSources(container)) {
      const message = reference.optional
        ? undefined
        : sourceProblem({ kind, namespace, ...reference }, resources);
      if (message !== undefined) return { reason: 'CreateContainerConfigError', message, event: 'Failed' };
    }
  }
  return undefined;
}

function variableSources({
  env,
  envFrom,
}: Container): readonly (Reference & { readonly kind: KeySource['kind'] })[] {
  const of = (kind: KeySource['kind'], reference: Reference | undefined) =>
    reference ? [{ kind, ...reference }] : [];
  return [
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...of('ConfigMap', configMapRef),
      ...of('Secret', secretRef),
    ]),
    ...env.flatMap(({ valueFrom }) => [
      ...of('ConfigMap', valueFrom?.configMapKeyRef),
      ...of('Secret', valueFrom?.secretKeyRef),
    ]),
  ];
}

function sourceProblem(
  source: KeySource & { readonly key?: string },
  resources: readonly Resource[],
): string | undefined {
  const { kind, name, namespace, key } = source;
  const values = keySource(source, resources);
  if (!values) return `${kind.toLowerCase()} ${JSON.stringify(name)} not found`;
  if (key === undefined || Object.hasOwn(values, key)) return undefined;
  return `couldn't find key ${key} in ${kind} ${namespace}/${name}`;
}
