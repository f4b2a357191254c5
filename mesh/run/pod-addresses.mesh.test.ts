import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh({}, 'ALLOW_ANY');
  expect((await mesh.apply(manifest('callers.yaml'))).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

async function addresses(): Promise<Readonly<Record<string, string>>> {
  const pods = await mesh.pods();
  return Object.fromEntries(
    pods.map(({ metadata, status }) => [metadata.labels?.['app'], (status as { podIP: string }).podIP]),
  );
}

/** The pod of the app `web`; its manifest declares 8080. */
async function web(port = 8080) {
  return { url: `http://${(await addresses())['web']}:${port}/` };
}

test('every pod has an address of its own, and Endpoints name it with the declared port', async () => {
  const found = await addresses();
  expect(new Set(Object.values(found)).size).toBe(5);
  expect(found['web']).toMatch(/^10\.244\.\d+\.\d+$/);
  const endpoints = await mesh.client.objects({ kind: 'Endpoints', namespace: 'default' });
  expect(endpoints.find(({ metadata }) => metadata.name === 'web')).toMatchObject({
    subsets: [{ addresses: [{ ip: found['web'] }], ports: [{ name: 'http', port: 8080 }] }],
  });
});

test.each(['alice', 'stranger'])('%s reaches a pod by its address and declared port', async (app) => {
  const caller = await Caller.of(mesh, app);
  expect(await caller.call(await web())).toEqual({ status: 200, text: 'web' });
  expect(await caller.overTunnel(`${(await addresses())['raw']}:8080`)).toBe('raw');
  expect(await caller.call(await web(9999))).toEqual({
    status: 503,
    text: 'the pod does not listen on this port',
  });
});

test('it comes in plain text, which a pod with STRICT refuses', async () => {
  const { diagnostics } = await mesh.apply(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
`);
  expect(diagnostics).toEqual([]);
  const alice = await Caller.of(mesh, 'alice');
  expect(await alice.status(await web())).toBe(503);
  expect(await alice.call({ url: 'http://web/' })).toEqual({ status: 200, text: 'web' });
});
