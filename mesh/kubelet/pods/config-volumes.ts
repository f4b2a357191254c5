import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { type KeySource, keySource } from '#mesh/istiod/config/gateway-credentials.ts';
import { ofKind, type Pod, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { fieldValue, type PodFields, resourceValue } from '#mesh/kubelet/pods/environment.ts';

export interface ConfigVolumesOptions {
  readonly pod: Pod;
  /** What files may tell of the pod itself. */
  readonly facts: PodFields;
  readonly resources: readonly Resource[];
  /** Where the pod's folders are to be. */
  readonly folder: string;
}

type Volume = Pod['spec']['volumes'][number];
type Items = NonNullable<Volume['configMap']>['items'];
type Content = readonly [path: string, content: string | Buffer];

/** Where the files of a pod's ConfigMaps and Secrets are; they go with its logs. @param pods the folder of all pods */
export function mountsOf(pods: string, { name, namespace }: Pod['metadata']): string {
  return join(pods, `${name}.${namespace}`, 'mounts');
}

/**
 * Makes a pod's empty folders, which its containers share, and writes the files of its ConfigMaps, its Secrets and its own fields,
 * readable by their owner only, as they are when the pod is made.
 *
 * @returns the folders, by the volume's name
 */
export async function writeConfigVolumes(
  options: ConfigVolumesOptions,
): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of options.pod.spec.volumes) {
    const contents = contentsOf(volume, options);
    if (!contents) continue;
    const target = join(options.folder, volume.name);
    // A pod of the same name may have been here.
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true, mode: 0o700 });
    for (const [path, content] of contents) {
      if (isInside(path)) await writeContent(join(target, path), content);
    }
    folders.set(volume.name, target);
  }
  return folders;
}

/** Undefined for a volume that is none of the pod's own. */
function contentsOf(volume: Volume, options: ConfigVolumesOptions): readonly Content[] | undefined {
  const { configMap, secret, emptyDir, downwardAPI, projected } = volume;
  const namespace = options.pod.metadata.namespace;
  const of = (kind: KeySource['kind'], name: string, items: Items) =>
    ofKeys({ kind, name, namespace }, items, options.resources);
  if (emptyDir) return [];
  if (secret) return of('Secret', secret.secretName, secret.items);
  if (configMap) return of('ConfigMap', configMap.name, configMap.items);
  if (downwardAPI) return ofFields(downwardAPI, options);
  return projected?.sources.flatMap((source) => [
    ...(source.secret ? of('Secret', source.secret.name, source.secret.items) : []),
    ...(source.configMap ? of('ConfigMap', source.configMap.name, source.configMap.items) : []),
    ...(source.downwardAPI ? ofFields(source.downwardAPI, options) : []),
  ]);
}

function ofKeys(source: KeySource, items: Items, resources: readonly Resource[]): readonly Content[] {
  const data = { ...keySource(source, resources), ...binaryOf(source, resources) };
  const wanted = items ?? Object.keys(data).map((key) => ({ key, path: key }));
  return wanted.flatMap(({ key, path }) => {
    const content = data[key];
    return content === undefined ? [] : [[path, content] as const];
  });
}

/** Values that may be no text. */
function binaryOf(
  { kind, name, namespace }: KeySource,
  resources: readonly Resource[],
): Readonly<Record<string, Buffer>> {
  const found = ofKind(resources, kind).find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
  const encoded = found?.kind === 'ConfigMap' ? found.binaryData : (found?.data ?? {});
  return Object.fromEntries(
    Object.entries(encoded).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
  );
}

function ofFields(
  { items }: NonNullable<Volume['downwardAPI']>,
  { pod, facts }: ConfigVolumesOptions,
): readonly Content[] {
  const { containers, initContainers } = pod.spec;
  return items.flatMap(({ path, fieldRef, resourceFieldRef: ref }) => {
    const container = [...containers, ...initContainers].find(({ name }) => name === ref?.containerName);
    const text = fieldRef
      ? fieldValue(fieldRef.fieldPath, facts)
      : ref && container && resourceValue(ref, container);
    return text === undefined ? [] : [[path, text] as const];
  });
}

/** Kubernetes refuses other paths as well. */
function isInside(path: string): boolean {
  const plain = normalize(path);
  return !plain.startsWith('..') && !plain.startsWith('/');
}

async function writeContent(file: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, content, { mode: 0o600 });
}
