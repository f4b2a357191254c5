import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('--filename', 'test/public-images/bookinfo.yaml', '--traces-to', 'none');
});
afterAll(() => mesh?.close());

const page = async () => (await fetch(`${mesh.gatewayUrl}/productpage`)).text();

it('runs manifests that name the public images of bookinfo, unchanged', async () => {
  const pods = (await mesh.client.objects({ kind: 'Pod', namespace: 'default' })).map(({ spec }) => spec);
  expect(JSON.stringify(pods)).toContain('docker.io/istio/examples-bookinfo-reviews-v3:1.20.3');
  const seen = new Set<string>();
  for (let asked = 0; asked < 60 && seen.size < 3; asked++) seen.add(starsOf(await page()));
  expect([...seen].sort()).toEqual(['black', 'none', 'red']);
});

it('asks from the pod with curl, whatever it is called', async () => {
  const curl = ['curl', '-s', 'http://productpage:9080/productpage'];
  expect(await mesh.kubectl('exec', 'deploy/sleep', '-c', 'sleep', '--', ...curl)).toContain(
    '<title>Simple Bookstore App</title>',
  );
});

/** What makes the three versions of reviews different: their variables, which here come from the table of images. */
function starsOf(html: string): string {
  expect(html).toContain('<title>Simple Bookstore App</title>');
  expect(html).not.toContain('Error fetching');
  return /of 5 stars, (\w+)/.exec(html)?.[1] ?? 'none';
}
