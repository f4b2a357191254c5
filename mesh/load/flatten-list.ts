import type { ManifestDocument, YamlPath } from '#mesh/load/document.ts';

/** `kubectl get -o yaml` writes `kind: List`; each of its items is a document of its own. */
export function flattenList(document: ManifestDocument): readonly ManifestDocument[] {
  const items = listItems(document.value);
  if (!items) return [document];
  return items.flatMap((value, index) => {
    const prefix: YamlPath = ['items', index];
    return flattenList({ file: document.file, value, at: (path) => document.at([...prefix, ...path]) });
  });
}

function listItems(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('kind' in value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return undefined;
  return 'items' in value && Array.isArray(value.items) ? value.items : undefined;
}
