import { existsSync, lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A folder that others can read or write, or have created. */
export class UnsafeDirectoryError extends Error {
  override readonly name = 'UnsafeDirectoryError';
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path} ${reason}: remove it, or set XDG_RUNTIME_DIR to a folder that only you can use`);
    this.path = path;
  }
}

/**
 * Makes a folder for this user alone, or checks and takes an existing one: in /tmp, anybody may have
 * been faster, with a folder or a link.
 * @throws UnsafeDirectoryError
 */
export function privateDirectory(path: string): string {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
  const reason = whyUnsafe(path);
  if (reason !== undefined) {
    throw new UnsafeDirectoryError(path, reason);
  }
  return path;
}

/** Why a folder is not this user's alone; undefined when it is, or is not there. */
export function whyUnsafe(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) {
    return undefined;
  }
  if (!stat.isDirectory()) {
    return stat.isSymbolicLink() ? 'is a link' : 'is not a folder';
  }
  if (stat.uid !== userInfo().uid) {
    return `belongs to another user (${stat.uid})`;
  }
  return (stat.mode & 0o077) === 0 ? undefined : 'is open to other users';
}

/**
 * Where this user's meshes keep what concerns all of them: in the user's run-time directory if the system has one (XDG Base Directory
 * Specification), else in a folder of the user beside everybody's temporary files. TMPDIR would not do: a shell with one of its
 * own would not see the others' claims.
 * @throws UnsafeDirectoryError
 */
export function runtimeDirectory(
  env: NodeJS.ProcessEnv = process.env,
  everybodys = temporaryFiles(),
): string {
  const given = env['XDG_RUNTIME_DIR'];
  const usable = given && lstatSync(given, { throwIfNoEntry: false }) && whyUnsafe(given) === undefined;
  return privateDirectory(usable ? join(given, 'mesh101') : join(everybodys, `mesh101-${userInfo().uid}`));
}

function temporaryFiles(): string {
  return existsSync('/tmp') ? '/tmp' : tmpdir();
}

/** Names the network namespace of this process: ports of one are no ports of another. */
export function networkNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net').replace(/\D/g, '');
  } catch {
    return 'host';
  }
}
