import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const files = 'test/known-manifests/bookinfo';

let mesh: OwnMesh;
beforeAll(async () => {
  const given = ['istio-1.9', 'mongodb', 'versions-and-more'].flatMap((name) => [
    '-f',
    `${files}/${name}.yaml`,
  ]);
  mesh = await startOwnMesh(...given, '--traces-to', 'none');
}, 600_000);
afterAll(() => mesh?.close());

const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });
const curl = (url: string) => mesh.kubectl('exec', 'deploy/productpage-v1', '--', 'curl', '-s', url);

it("brings up bookinfo of Istio's older releases, with its Gateway and routes in Gateway API's words", async () => {
  const url = /^gateway \S*bookinfo-gateway port 80 +(http:\S+)$/m.exec(await mesh.cli('status'))?.[1] ?? '';
  const page = async () => (await fetch(`${url}/productpage`, { headers: { connection: 'close' } })).text();
  await soon(async () => expect(await page()).toContain('<title>Simple Bookstore App</title>'));
});

it('reads the ratings of the second version from MongoDB, over the mesh', async () => {
  const answer = { id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } };
  await soon(async () => expect(JSON.parse(await curl('http://ratings:9080/ratings/0'))).toEqual(answer));
  expect(await mesh.kubectl('logs', 'deploy/mongodb-v1', '-c', 'mongodb')).toContain('find test.ratings');
});

it('moves on to the images of the registry of 1.30', async () => {
  await mesh.kubectl('apply', '-f', `${files}/istio-1.30.yaml`);
  await mesh.kubectl('rollout', 'status', 'deployment/productpage-v1', '--timeout=120s');
  await soon(async () =>
    expect(await curl('http://productpage:9080/productpage')).toContain(
      '<title>Simple Bookstore App</title>',
    ),
  );
});
