import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { meshProcesses } from '#mesh/kubelet/process/mesh-processes.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const WRITES = 2_000;
const KILLS = 2;
const WRITERS = 4;

let mesh: OwnMesh;
let url: string;
beforeAll(async () => {
  mesh = await startOwnMesh('userapi');
  const { urls } = await mesh.client.overview();
  url = urls.find(({ name }) => name === 'gateway port 3001')?.url ?? '';
});
afterAll(() => mesh?.close());

const userOf = (number: number) => ({
  username: `user${number}`,
  firstname: `First${number}`,
  lastname: 'Last',
});

async function ask(path: string, init: RequestInit = {}): Promise<Response | undefined> {
  return fetch(new URL(path, url), { ...init, headers: { connection: 'close' } }).catch(() => undefined);
}

async function write(number: number): Promise<boolean> {
  const body = JSON.stringify(userOf(number));
  const answer = await ask(`/users/user${number}`, { method: 'PUT', body });
  await answer?.arrayBuffer().catch(() => undefined);
  return answer?.ok ?? false;
}

/** Redis names itself anew, which overwrites its environment; its program's name stays. */
function redis(): number | undefined {
  return meshProcesses(mesh.env['MESH_HOME'] ?? '').find(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('redis-server');
    } catch {
      return false;
    }
  })?.pid;
}

it(`of ${WRITES} acknowledged writes over ${KILLS} kill -9 of Redis none is lost`, async () => {
  await eventually(
    () => write(0),
    (done) => done,
    60_000,
  );
  const acknowledged = new Set<number>([0]);
  let next = 0;
  let failed = 0;
  const killed: number[] = [];
  const kill = async () => {
    const victim = redis();
    if (victim === undefined) throw new Error('no Redis runs');
    killed.push(victim);
    process.kill(victim, 'SIGKILL');
    await eventually(redis, (pid) => pid !== undefined && pid !== victim, 60_000);
  };
  const writer = async () => {
    while (acknowledged.size < WRITES) {
      next += 1;
      const number = next;
      if (await write(number)) acknowledged.add(number);
      else failed += 1;
      if (acknowledged.size > ((killed.length + 1) * WRITES) / (KILLS + 1) && killed.length < KILLS)
        await kill();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  expect(new Set(killed).size).toBe(KILLS);
  // Else the kills would have come between two writes each, and shown nothing.
  expect(failed).toBeGreaterThan(0);
  const lost: number[] = [];
  for (const number of acknowledged) {
    const user = await (await ask(`/users/user${number}`))?.json();
    if (JSON.stringify(user) !== JSON.stringify(userOf(number))) lost.push(number);
  }
  expect(lost).toEqual([]);
});
