import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeconfigError } from '#mesh/cli/kubeconfig/kubeconfig-text.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';

/** How long another program may hold the file, in milliseconds. */
const usualLockTimeout = 5_000;
const pause = 50;
const attempts = 3;

/** The user's own kubeconfig: the first that KUBECONFIG names and that is not the mesh's, else `~/.kube/config`. */
export function userFile(
  env: NodeJS.ProcessEnv,
  { cwd, own }: { readonly cwd: string; readonly own: string },
): string {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const first = named.map((path) => resolve(cwd, path)).find((path) => path !== own);
  return first ?? join(env['HOME'] || homedir(), '.kube', 'config');
}

/** A change of a file: its new text, null to remove it, or undefined to leave it as it is. */
export type Change = (text: string | undefined) => { readonly text: string | null } | undefined;

/**
 * Changes a kubeconfig in one step, so that no reader sees half of it. Meanwhile, kubectl's own lock keeps kubectl
 * away; if an editor saves the file meanwhile, the change starts again.
 * @throws CommandFailure that says why the file was left as it is.
 */
export async function changeFile(
  file: string,
  change: Change,
  { lockTimeout = usualLockTimeout } = {},
): Promise<void> {
  try {
    // A link stays a link: its target is changed.
    const path = await realpath(file).catch(() => file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const lock = await lockFile(path, lockTimeout);
    try {
      for (let attempt = 1; !(await replace(path, change)); attempt++) {
        if (attempt === attempts) throw new KubeconfigError('another program keeps changing it');
      }
    } finally {
      await rm(lock, { force: true });
    }
  } catch (error) {
    throw new CommandFailure(`error: ${file} was left as it is: ${reason(error)}`, { cause: error });
  }
}

/** As client-go does: https://pkg.go.dev/k8s.io/client-go/tools/clientcmd#ModifyConfig */
async function lockFile(path: string, lockTimeout: number): Promise<string> {
  const lock = `${path}.lock`;
  const deadline = Date.now() + lockTimeout;
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return lock;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Date.now() > deadline) {
        throw new KubeconfigError(`another program holds ${lock}; if none runs, remove that file`);
      }
      await delay(pause);
    }
  }
}

/** Whether the file was changed; not if somebody else wrote it in between. */
async function replace(path: string, change: Change): Promise<boolean> {
  const before = await sealOf(path);
  const changed = change(before && decode(await readFile(path)));
  if (!changed) return true;
  const written = `${path}.${process.pid}.new`;
  try {
    if (changed.text !== null) await write(written, changed.text, before?.mode ?? 0o600);
    if ((await sealOf(path))?.seal !== before?.seal) return false;
    await (changed.text === null ? rm(path) : rename(written, path));
    return true;
  } finally {
    await rm(written, { force: true });
  }
}

async function sealOf(path: string): Promise<{ readonly seal: string; readonly mode: number } | undefined> {
  try {
    const { mtimeMs, size, ino, mode } = await stat(path);
    return { seal: `${mtimeMs} ${size} ${ino}`, mode: mode & 0o777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new KubeconfigError('it is not UTF-8 text');
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'you may not write there'],
  ['EPERM', 'you may not write there'],
  ['EROFS', 'its file system is read-only'],
  ['EISDIR', 'it is a folder'],
  ['EEXIST', 'a part of its path is not a folder'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['ENOSPC', 'the disk is full'],
]);

function reason(error: unknown): string {
  if (error instanceof KubeconfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return reasons.get(code) ?? message;
}
