import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from '#test/walkthrough/target.ts';

const ROOT = join(import.meta.dirname, '../..');
const MESH = join(ROOT, 'bin/mesh');
const run = promisify(execFile);

/** A mesh of its own, with the services alone: where every walkthrough begins. The user's mesh is left in peace. */
export async function laptopTarget(): Promise<Target> {
  const home = await mkdtemp(join(tmpdir(), 'mesh101-'));
  const env = { ...process.env, MESH_HOME: home };
  const mesh = (...args: string[]) => run(MESH, args, { env, cwd: ROOT });
  const close = async () => {
    await mesh('down');
    await rm(home, { recursive: true, force: true });
  };
  try {
    await mesh('up', '--bare');
  } catch (cause) {
    await close();
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`the mesh did not start:\n${stdout}${stderr}`, { cause });
  }
  return { name: 'laptop', shell: [MESH, 'shell', '-c', 'sh'], env, cwd: ROOT, close };
}
