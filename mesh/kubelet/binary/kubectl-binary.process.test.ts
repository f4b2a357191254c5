import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { kubectlProgram, kubectlVersion } from '#mesh/kubelet/binary/kubectl-program.ts';
import { meshProgramsFolder } from '#mesh/kubelet/binary/on-path.ts';
import { ProgramUnavailableError } from '#mesh/kubelet/binary/program.ts';
import { programBinary } from '#mesh/kubelet/binary/program-binary.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const platform = 'linux-x64';

function script(path: string, text = 'exit 0'): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A program that answers as kubectl of this version does, and writes down that it was asked. */
function kubectl(path: string, version: string): string {
  const answer = JSON.stringify({ clientVersion: { gitVersion: version } });
  return script(path, `echo "$KUBECONFIG" >>"$0.asked"\nprintf '%s\\n' '${answer}'`);
}

/** How often the program was asked, and with which KUBECONFIG. */
const asked = (path: string) => readFileSync(`${path}.asked`, 'utf8').trim().split('\n');

function folders(...names: readonly string[]) {
  const at = temporaryDirectory();
  const path = [...names.map((name) => join(at, name)), '/usr/bin', '/bin'].filter(
    (folder) => names.length > 0 || folder !== '/usr/bin',
  );
  return { at, cache: join(at, 'cache'), env: { PATH: path.join(':') } };
}

test('the first on PATH that is 1.30 or newer is taken', async () => {
  const { at, cache, env } = folders('old', 'broken', 'new');
  kubectl(join(at, 'old/kubectl'), 'v1.29.9');
  script(join(at, 'broken/kubectl'), 'echo no; exit 1');
  const found = kubectl(join(at, 'new/kubectl'), 'v1.30.0-gke.1');
  expect(await programBinary(kubectlProgram, { env, cache, platform })).toBe(found);
});

test('a version is asked once, without the configuration of the user, and again when the file has changed', async () => {
  const { at, cache, env } = folders('bin');
  const own = kubectl(join(at, 'bin/kubectl'), 'v1.34.2');
  const find = () =>
    programBinary(kubectlProgram, { env: { ...env, KUBECONFIG: '/broken' }, cache, platform });
  await find();
  await find();
  expect(asked(own)).toEqual(['/dev/null']);
  kubectl(own, 'v1.34.20');
  expect(await find()).toBe(own);
  expect(asked(own)).toHaveLength(2);
});

test('an old one leaves the place to the one in the cache; KUBECTL overrides both, as a path or a name', async () => {
  const { at, cache, env } = folders('bin');
  const old = kubectl(join(at, 'bin/kubectl'), 'v1.28.0');
  const named = script(join(at, 'bin/my-kubectl'));
  const cached = script(join(cache, 'kubectl', kubectlVersion, 'kubectl'));
  const find = (KUBECTL = '') =>
    programBinary(kubectlProgram, { env: { PATH: join(at, 'bin'), KUBECTL }, cache, platform });
  expect(env.PATH).toContain(join(at, 'bin'));
  expect(await find()).toBe(cached);
  expect(await find(old)).toBe(old);
  expect(await find('my-kubectl')).toBe(named);
  await expect(find('minikube kubectl --')).rejects.toThrow(
    'KUBECTL=minikube kubectl -- is not an executable',
  );
});

test('the folder of a mesh shell is passed over: what lies there is a link to what is looked for', async () => {
  const { at, cache, env } = folders(`shell/${meshProgramsFolder}`, 'bin');
  kubectl(join(at, 'shell', meshProgramsFolder, 'kubectl'), 'v1.37.1');
  const own = kubectl(join(at, 'bin/kubectl'), 'v1.37.1');
  expect(await programBinary(kubectlProgram, { env, cache, platform })).toBe(own);
});

test('without any, the ways are named', async () => {
  const options = { env: { PATH: '/nonexistent' }, cache: temporaryDirectory(), platform: 'sunos-x64' };
  const failure = await programBinary(kubectlProgram, options).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ProgramUnavailableError);
  for (const part of [
    'no kubectl to fetch for sunos-x64',
    'put kubectl 1.30 or newer on PATH',
    'set KUBECTL',
  ]) {
    expect((failure as Error).message).toContain(part);
  }
});
