import type { Resource } from '#mesh/schema/resource.ts';

/** The ConfigMap or Secret that a variable comes from. */
export interface KeySource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly namespace: string;
}

/** Its keys and values as text, or undefined when it does not exist. */
export function keySource(
  source: KeySource,
  resources: readonly Resource[],
): Readonly<Record<string, string>> | undefined {
  for (const resource of resources) {
    const { name, namespace } = resource.metadata;
    if (name !== source.name || namespace !== source.namespace || resource.kind !== source.kind) {
      continue;
    }
    return resource.kind === 'Secret'
      ? secretText(resource)
      : resource.kind === 'ConfigMap'
        ? resource.data
        : {};
  }
  return undefined;
}

/** `stringData` wins over `data`, as in Kubernetes. */
export function secretText({
  data,
  stringData,
}: Extract<Resource, { kind: 'Secret' }>): Record<string, string> {
  const decoded = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  return { ...Object.fromEntries(decoded), ...stringData };
}
