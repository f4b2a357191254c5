import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { Pod } from '#mesh/istiod/config/schema/resource.ts';
import { expand } from '#mesh/kubelet/pods/environment.ts';

export interface VolumeMapOptions {
  readonly container: Container;
  readonly pod: Pod;
  /** The folder of all claims' folders. */
  readonly volumes: string;
  /** Folders with the files of ConfigMaps and Secrets, by the volume's name. */
  readonly files?: ReadonlyMap<string, string>;
  /** The container's own variables, for `subPathExpr`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The variable VOLUME_MAP: which folder of this machine stands for which path in the container, one per line
 * (`/data=/home/ann/mesh101/.mesh/volumes/default/redis`), as paths may hold any other character. Empty when there are none.
 */
export function volumeMap({ container, pod, volumes, files, env = {} }: VolumeMapOptions): string {
  const { namespace } = pod.metadata;
  const claims = new Map(claimsOf(pod).map(({ volume, claim }) => [volume, claim]));
  return container.volumeMounts
    .flatMap(({ name, mountPath, subPathExpr, subPath = expand(subPathExpr ?? '', env) }) => {
      const claim = claims.get(name);
      const folder =
        claim === undefined ? files?.get(name) : claimFolder({ namespace, name: claim }, volumes);
      return folder === undefined ? [] : [`${mountPath}=${join(folder, subPath)}`];
    })
    .join('\n');
}

/** A claim's folder outlives pods and meshes; only deleting the claim removes it. */
export function claimFolder(claim: { namespace: string; name: string }, volumes: string): string {
  return join(volumes, claim.namespace, claim.name);
}

/** The names of claims that a pod mounts. */
export function claimNames(pod: Pod): readonly string[] {
  return claimsOf(pod).map(({ claim }) => claim);
}

/** Readable by their owner only, like everything of a mesh. */
export async function makeClaimFolders(pod: Pod, volumes: string): Promise<void> {
  const { namespace } = pod.metadata;
  const folders = claimNames(pod).map((name) => claimFolder({ namespace, name }, volumes));
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
}

function claimsOf({ spec }: Pod): { volume: string; claim: string }[] {
  return spec.volumes.flatMap(({ name, persistentVolumeClaim }) =>
    persistentVolumeClaim ? [{ volume: name, claim: persistentVolumeClaim.claimName }] : [],
  );
}

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);

/**
 * The words of a command with the folders that stand for the paths that a container mounts: the command is a process of this
 * machine, which has nothing at `/usr/share/nginx/html`. Words that are such a path or an option's value, and the script of a
 * shell, are changed; a path that the command puts together by itself is not.
 *
 * @param mounted the variable VOLUME_MAP
 */
export function onThisMachine(words: readonly string[], mounted: string): readonly string[] {
  const places = new Map(
    mounted.split('\n').flatMap((line) => {
      const [, mount, place] = /^([^=]*[^=/])\/*=(.*)$/.exec(line) ?? [];
      return mount !== undefined && place !== undefined ? [[mount, place] as const] : [];
    }),
  );
  if (places.size === 0) return words;
  const paths = [...places.keys()]
    .sort((one, other) => other.length - one.length)
    .map((path) => RegExp.escape(path));
  const path = `(${paths.join('|')})`;
  const word = new RegExp(`^(--?[\\w-]+=)?${path}(?=$|/)`);
  const inScript = new RegExp(`(^|[\\s"'\`=<>(:;|&{,])${path}(?=$|[\\s"'\`/<>):;|&},*])`, 'g');
  const put = (_: string, before = '', found = '') => `${before}${places.get(found)}`;
  const isShell = shells.has(basename(words[0] ?? ''));
  const changed = words.map((text, index) =>
    isShell && /^-\w*c$/.test(words[index - 1] ?? '')
      ? text.replaceAll(inScript, put)
      : text.replace(word, put),
  );
  return [...changed, ...namedAsInContainer(words, changed)];
}

/** `kubectl cp` asks for an archive of a path, and looks for this path in it. */
function namedAsInContainer(words: readonly string[], changed: readonly string[]): readonly string[] {
  const [program, mode, file, path = '', ...more] = words;
  const place = changed[3] ?? '';
  const isCopy = program === 'tar' && mode === 'cf' && file === '-' && more.length === 0;
  if (!isCopy || place === path) return [];
  const pattern = place.replace(/^\/+/, '').replace(/[.*[\]^$\\,&]/g, '\\$&');
  return [`--transform=s,^/*${pattern},${path.replace(/^\/+/, '').replace(/[\\,&]/g, '\\$&')},rSH`];
}
