import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const files = 'test/known-manifests/boutique';

let mesh: OwnMesh;
beforeAll(async () => {
  const given = ['kubernetes-manifests', 'istio-manifests'].flatMap((name) => [
    '-f',
    `${files}/${name}.yaml`,
  ]);
  mesh = await startOwnMesh(...given, '--traces-to', 'none');
}, 300_000);
afterAll(() => mesh?.close());

const permissionDenied = '7';
const status = () => mesh.cli('status');
/** Changes reach the Envoys a moment after kubectl has ended, as in a cluster. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });
const who = async (url: string) => {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return response.ok ? ((await response.json()) as { workload: string }).workload : response.status;
};

it('brings Online Boutique up as it is released: eleven services, a real Redis, and a load generator', async () => {
  const rows = (await status()).split('\n').filter((line) => /^default\/.* 2\/2 +Running +0 /.test(line));
  const played = rows.map((row) => row.trim().split(/\s+/).at(-1));
  expect(played.filter((player) => player === 'stand-in')).toHaveLength(11);
  expect(played.filter((player) => player === 'redis')).toHaveLength(1);
});

it('tells where the shop is: at the Gateway of its own, and by what is for all at port 80 of the other', async () => {
  const url = /^gateway default\/istio-gateway port 80 +(http:\S+)$/m.exec(await status())?.[1] ?? '';
  await soon(async () => expect(await who(url)).toBe('frontend'));
  await mesh.kubectl('apply', '-f', `${files}/istio-manifests-classic.yaml`);
  await soon(async () => expect(await who(`${mesh.gatewayUrl}/`)).toBe('frontend'));
  expect(await status()).toMatch(/^gateway port 80 +http:\/\/localhost:\d+$/m);
});

it('lets call who the policies of the chart name, by gRPC path and port', async () => {
  await mesh.kubectl('apply', '-f', `${files}/helm-chart.yaml`);
  const path = 'http://checkoutservice:5050/hipstershop.CheckoutService/PlaceOrder';
  const call = async (from: string) => {
    const grpc = [
      '-H',
      'content-type: application/grpc',
      '-H',
      'te: trailers',
      '--data-binary',
      '@/dev/null',
    ];
    const shown = ['-o', '/dev/null', '-w', '%header{grpc-status}'];
    return mesh.kubectl('exec', `deploy/${from}`, '--', 'curl', '-s', ...shown, ...grpc, path);
  };
  await soon(async () => expect(await call('adservice')).toBe(permissionDenied));
  expect(await call('frontend')).not.toBe(permissionDenied);
});
