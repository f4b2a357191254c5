import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { keySource } from '#mesh/istiod/config/gateway-credentials.ts';
import type { Pod, Resource } from '#mesh/istiod/config/schema/resource.ts';

export interface ConfigVolumesOptions {
  readonly pod: Pod;
  readonly resources: readonly Resource[];
  /** Where the pod's folders are to be. */
  readonly folder: string;
}

/** Where the files of a pod's ConfigMaps and Secrets are; they go with its logs. @param pods the folder of all pods */
export function mountsOf(pods: string, { name, namespace }: Pod['metadata']): string {
  return join(pods, `${name}.${namespace}`, 'mounts');
}

/**
 * Writes the files of a pod's ConfigMaps and Secrets, readable by their owner only, as they are when the pod is made.
 *
 * @returns their folders, by the volume's name
 */
export async function writeConfigVolumes({
  pod,
  resources,
  folder,
}: ConfigVolumesOptions): Promise<ReadonlyMap<string, string>> {
  const { namespace } = pod.metadata;
  const folders = new Map<string, string>();
  for (const { name, configMap, secret } of pod.spec.volumes) {
    const source = secret
      ? { kind: 'Secret' as const, name: secret.secretName, namespace }
      : configMap && { kind: 'ConfigMap' as const, name: configMap.name, namespace };
    if (!source) continue;
    const data = keySource(source, resources) ?? {};
    const items = (secret ?? configMap)?.items ?? Object.keys(data).map((key) => ({ key, path: key }));
    const target = join(folder, name);
    await mkdir(target, { recursive: true, mode: 0o700 });
    for (const { key, path } of items) {
      const content = data[key];
      if (content !== undefined && isInside(path)) await writeContent(join(target, path), content);
    }
    folders.set(name, target);
  }
  return folders;
}

/** Kubernetes refuses other paths as well. */
function isInside(path: string): boolean {
  const plain = normalize(path);
  return !plain.startsWith('..') && !plain.startsWith('/');
}

async function writeContent(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, content, { mode: 0o600 });
}
