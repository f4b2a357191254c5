import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, resolve } from 'node:path';

/** The PATH of a container that sets none. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type Executable = { path: string } | { missing: 'not found' | 'permission denied' };

/** The file that a command's first word means, as execvp finds it: by PATH unless the word has a slash. */
export async function findExecutable(
  name: string,
  { cwd, PATH = DEFAULT_PATH }: { cwd: string; PATH?: string | undefined },
): Promise<Executable> {
  const places = name.includes('/')
    ? [resolve(cwd, name)]
    : PATH.split(delimiter).map((folder) => resolve(cwd, folder, name));
  let denied = name === '' || (isAbsolute(name) && name.endsWith('/'));
  for (const path of denied ? [] : places) {
    const found = await check(path);
    if (found === 'executable') return { path };
    denied ||= found === 'denied';
  }
  return { missing: denied && name !== '' ? 'permission denied' : 'not found' };
}

async function check(path: string): Promise<'executable' | 'denied' | 'absent'> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return 'absent';
  if (!file.isFile()) return 'denied';
  return access(path, constants.X_OK).then(
    () => 'executable' as const,
    () => 'denied' as const,
  );
}
