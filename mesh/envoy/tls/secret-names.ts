import type { Json } from '#mesh/envoy/config.ts';

/** The names of all secrets that a generated resource reads, sorted and each once. */
export function secretNamesIn(resources: readonly Json[]): readonly string[] {
  const names = new Set<string>();
  for (const resource of resources) {
    collect(resource, names);
  }
  return [...names].sort();
}

function collect(value: Json, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  if ('sds_config' in value && typeof value['name'] === 'string') {
    names.add(value['name']);
    return;
  }
  for (const child of Object.values(value)) {
    collect(child, names);
  }
}
