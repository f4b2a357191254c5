import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { Processes } from '#test/kills/processes.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';
import { SteadyLoad } from '#test/rollout/steady-load.ts';
import { failures, type Phase } from '#test/rollout/tally.ts';

const PATIENCE = 60_000;
const REQUESTS = 200;
const CONNECTIONS = 4;

let mesh: OwnMesh;
let processes: Processes;
beforeAll(async () => {
  mesh = await startOwnMesh();
  processes = new Processes(mesh.env['MESH_HOME'] ?? '');
});
afterAll(() => mesh?.close());

/** Kills what `find` finds while requests come in. Resolves with what became of those before, during and after. */
async function killUnderLoad(find: () => number | undefined): Promise<readonly Phase[]> {
  const load = new SteadyLoad({ url: mesh.gatewayUrl, connections: CONNECTIONS });
  let phases: readonly Phase[] = [];
  try {
    await load.more(REQUESTS);
    const victim = find();
    if (victim === undefined) throw new Error('there is nothing to kill');
    load.phase = 'during';
    process.kill(victim, 'SIGKILL');
    await eventually(find, (pid) => pid !== undefined && pid !== victim, PATIENCE);
    await eventually(allReady, (ready) => ready, PATIENCE);
    await eventually(answers, (answer) => answer, PATIENCE);
    load.phase = 'after';
    await load.more(REQUESTS);
  } finally {
    phases = await load.stop();
  }
  return phases;
}

async function allReady(): Promise<boolean> {
  const { pods } = await mesh.client.overview();
  return pods.every(({ ready }) => ready.split('/')[0] === ready.split('/')[1]);
}

async function answers(): Promise<boolean> {
  const answer = await fetch(mesh.gatewayUrl, { headers: { connection: 'close' } }).catch(() => undefined);
  await answer?.text();
  return answer?.status === 200;
}

/**
 * What may go wrong when something is killed: only those of these codes, of the requests before it only the ones that were
 * under way, and nothing once it is back.
 */
function expectFailures(phases: readonly Phase[], codes: readonly string[]): void {
  const [before, during, after] = ['before', 'during', 'after'].map((name) =>
    phases.find((phase) => phase.name === name),
  );
  expect(after?.failed).toEqual({});
  expect(before && failures(before)).toBeLessThanOrEqual(CONNECTIONS);
  const seen = Object.keys({ ...before?.failed, ...during?.failed });
  expect(seen.filter((code) => !codes.includes(code))).toEqual([]);
}

it.each([
  ['the collector', () => processes.collector],
  ['the guardian', () => processes.guardian],
])('kill -9 of %s: it is started again, and no request fails', async (_, find) => {
  const phases = await killUnderLoad(find);
  expect(phases.map(({ failed }) => failed)).toEqual(phases.map(() => ({})));
  expect(phases.map(({ name }) => name)).toEqual(expect.arrayContaining(['before', 'after']));
});

it.each([
  ['a service', () => processes.program('middleware-prod')],
  ['an Envoy', () => processes.envoy('middleware-prod')],
])('kill -9 of %s with one replica: callers get 503 until it is back, then none fails', async (_, find) => {
  const phases = await killUnderLoad(find);
  // The frontend passes its own failure on as it is; nothing hangs, nothing else comes.
  expectFailures(phases, ['500', '502', '503']);
});

it('kill -9 of the gateway: connections are refused until it is back on its port, then none fails', async () => {
  const before = mesh.gatewayUrl;
  const phases = await killUnderLoad(() => processes.envoy('istio-ingressgateway'));
  expectFailures(phases, ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET', '404', '503']);
  expect((await mesh.client.overview()).gatewayUrl).toBe(before);
});

it('leaves nothing behind after all that', async () => {
  const { guardian } = processes;
  expect(processes.all.length).toBeGreaterThan(5);
  expect(await mesh.cli('down')).toMatch(/^Stopped the mesh: /);
  expect(processes.all).toEqual([]);
  const isGone = () => {
    try {
      process.kill(guardian ?? 0, 0);
      return false;
    } catch {
      return true;
    }
  };
  await eventually(isGone, (gone) => gone);
  expect(await mesh.cli('down')).toBe('No mesh is running.\n');
});
