import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runnerOf, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { connect } from '#mesh/run/client.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('userapi');
});
afterAll(() => mesh?.close());

const ann = { username: 'ann', firstname: 'Ann', lastname: 'Lee' };

it('keeps a user through kill -9 of the Redis pod’s program, which is started again', async () => {
  const added = await eventually(
    () => ask('/users/ann', { method: 'PUT', body: JSON.stringify(ann) }),
    isThere,
  );
  expect(added.user).toEqual(ann);
  const [pid] = redisProcesses();
  if (!pid) throw new Error('no Redis runs');
  process.kill(pid, 'SIGKILL');
  await eventually(redisProcesses, (pids) => pids.length === 1 && pids[0] !== pid);
  expect((await eventually(() => ask('/users/ann'), isThere)).user).toEqual(ann);
});

it('keeps it through an end of the mesh', async () => {
  await mesh.cli('down');
  await mesh.cli('up', 'userapi');
  expect((await eventually(() => ask('/users/ann'), isThere)).user).toEqual(ann);
});

it('forgets it with the claim, once Redis has ended', async () => {
  const folder = join(mesh.env['MESH_HOME'] ?? '', 'volumes/default/redis');
  expect(existsSync(folder)).toBe(true);
  await mesh.cli('shell', '-c', 'kubectl delete -f k8s/redis.yaml');
  await eventually(
    () => existsSync(folder),
    (exists) => !exists,
  );
});

function isThere({ status }: { readonly status: number }): boolean {
  return status === 200 || status === 201;
}

async function ask(path: string, init?: RequestInit): Promise<{ status: number; user: unknown }> {
  const client = await connect(stateDirectory(mesh.env, ROOT));
  const urls = (await client?.overview())?.urls ?? [];
  const url = urls.find(({ name }) => name === 'gateway port 3001')?.url;
  const response = await fetch(new URL(path, url), { ...init, headers: { connection: 'close' } });
  return { status: response.status, user: await response.json().catch(() => undefined) };
}

/** Redis names itself anew, so it is known by the runner's process group. */
function redisProcesses(): number[] {
  const runner = runnerOf(stateDirectory(mesh.env, ROOT));
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,command='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, group, program]) => Number(group) === runner && program?.endsWith('redis-server'))
    .map(([pid]) => Number(pid));
}
