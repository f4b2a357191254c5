import type { ManifestDocument } from '#mesh/load/document.ts';
import type { KubernetesObject, ObjectName } from '#mesh/run/api.ts';
import { type Overlay, withOverlay } from '#mesh/run/objects/overlay.ts';
import type { Resource } from '#mesh/schema/resource.ts';

/** An applied object. */
export interface StoredObject extends ObjectName {
  readonly apiVersion: string;
  /** As it was applied. */
  readonly document: ManifestDocument;
  readonly overlay: Overlay;
  /** Absent for kinds that the laptop does not carry out. */
  readonly resource?: Resource;
  readonly uid: string;
  readonly created: Date;
  /** Counts every change in the mesh, as Kubernetes' resourceVersion. */
  readonly version: number;
}

export function keyOf({ kind, namespace, name }: ObjectName): string {
  return `${kind}/${namespace}/${name}`;
}

/** `virtualservice.networking.istio.io/frontend`, `service/frontend`: as kubectl prints it after apply. */
export function resourceName({
  apiVersion,
  kind,
  name,
}: Pick<StoredObject, 'apiVersion' | 'kind' | 'name'>): string {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  return `${kind.toLowerCase()}${group ? `.${group}` : ''}/${name}`;
}

/** The object as `get -o yaml` shows it. */
export function toKubernetesObject(stored: StoredObject): KubernetesObject {
  const value = withOverlay(stored.document.value, stored.overlay) as {
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
  return {
    ...value,
    apiVersion: stored.apiVersion,
    kind: stored.kind,
    metadata: {
      ...value.metadata,
      name: stored.name,
      ...(stored.namespace && { namespace: stored.namespace }),
      uid: stored.uid,
      resourceVersion: String(stored.version),
      creationTimestamp: timestamp(stored.created),
    },
  };
}

/** Kubernetes' times have no fractions. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
