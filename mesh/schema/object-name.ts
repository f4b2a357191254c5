import { clusterScoped } from '#mesh/schema/kinds.ts';

export interface ObjectName {
  readonly name: string;
  /** Empty for kinds without namespace. */
  readonly namespace: string;
}

/** Name and namespace as far as an unchecked object tells them. */
export function objectName(value: unknown, defaults: { kind: string; namespace: string }): ObjectName {
  const { name, namespace } = metadataOf(value);
  return {
    name: typeof name === 'string' ? name : '',
    namespace: clusterScoped.has(defaults.kind)
      ? ''
      : typeof namespace === 'string' && namespace !== ''
        ? namespace
        : defaults.namespace,
  };
}

/** The object with its namespace filled in. A namespace of a wrong type stays, for the schema to report. */
export function withNamespace(value: unknown, namespace: string): unknown {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return value;
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return value;
  const { namespace: own } = metadataOf(value);
  const wrongType = own !== undefined && own !== null && typeof own !== 'string';
  return wrongType ? value : { ...value, metadata: { ...metadata, namespace } };
}

function metadataOf(value: unknown): { name?: unknown; namespace?: unknown } {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return {};
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null ? metadata : {};
}
