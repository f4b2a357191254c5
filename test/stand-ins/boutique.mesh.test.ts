import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { boutique } from '#test/stand-ins/boutique.ts';

let mesh: StartedMesh;
beforeAll(async () => {
  mesh = await startMesh();
}, 300_000);
afterAll(() => mesh?.end());

const players = () => mesh.processes().filter((line) => line.includes('services/stand-in/main.ts'));

test('eleven services of a shop run as they are, and call each other by gRPC through their sidecars', async () => {
  const { diagnostics } = await mesh.apply(boutique());
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(diagnostics.filter(({ code }) => code === 'M101-STAND-IN')).toHaveLength(11);
  expect(await mesh.ready()).toBe('ready');
  const { status, text } = await mesh.get('/');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({
    workload: 'frontend',
    upstreams: [
      { grpcStatus: 0, answeredBy: expect.stringMatching(/^checkoutservice latest /) },
      { grpcStatus: 0, answeredBy: expect.stringMatching(/^adservice latest /) },
    ],
  });
  const { pods } = await mesh.client.overview();
  expect(pods.filter(({ playedBy }) => playedBy?.includes('stand-in'))).toHaveLength(11);
  expect(players()).toHaveLength(1);
}, 300_000);

test('each has its own log and events; when the one process dies, all pods start again', async () => {
  const events = await mesh.client.objects({ kind: 'Event', namespace: 'default' });
  expect(events.filter(({ reason }) => reason === 'StandIn')).toHaveLength(11);
  const [pid = ''] = players()[0]?.split(' ') ?? [];
  process.kill(Number(pid), 'SIGKILL');
  await expect
    .poll(async () => (await mesh.client.overview()).pods.filter(({ restarts }) => restarts === 1).length, {
      timeout: 60_000,
    })
    .toBe(11);
  await expect.poll(async () => (await mesh.get('/')).status, { timeout: 60_000 }).toBe(200);
}, 300_000);
