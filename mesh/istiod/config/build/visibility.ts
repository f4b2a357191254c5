import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';

/** Whose view is wanted: a proxy's namespace and labels. */
export interface Caller {
  readonly namespace: string;
  readonly labels: Labels;
}

const SERVICE_ANNOTATION = 'networking.istio.io/exportTo';

type Exported = Pick<Resource, 'kind' | 'metadata'>;

/** The namespaces that an object is exported to, as it writes them; none: every one. */
export function exportedTo({ kind, metadata, ...object }: Exported): readonly string[] {
  if (kind === 'Service') {
    const text = metadata.annotations[SERVICE_ANNOTATION] ?? '';
    return text.split(',').flatMap((part) => part.trim() || []);
  }
  const { spec } = object as { readonly spec?: { readonly exportTo?: readonly string[] } };
  return spec?.exportTo ?? [];
}

/** Whether some namespaces do not see the object. */
export function isRestricted(resource: Exported): boolean {
  const namespaces = exportedTo(resource);
  return namespaces.length > 0 && !namespaces.includes('*');
}

/** Whether a namespace sees the object: `*` is every namespace, `.` the object's own, `~` none. */
export function isVisible(resource: Exported, namespace: string): boolean {
  if (!isRestricted(resource)) return true;
  const namespaces = exportedTo(resource);
  const isOwn = resource.metadata.namespace === namespace;
  return namespaces.includes(namespace) || (isOwn && namespaces.includes('.'));
}
