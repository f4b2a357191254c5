import { afterEach, expect, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { toSpans } from '#mesh/telemetry/traces/receive/zipkin.ts';
import type { Span } from '#mesh/telemetry/traces/span.ts';
import { startCollector, startServer } from '#mesh/telemetry/traces/testing/spans.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function meshWith(variables: NodeJS.ProcessEnv): Promise<StartedMesh> {
  const mesh = await startMesh(variables);
  ends.push(() => mesh.end());
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
  return mesh;
}

async function zipkinUrlOfPods(mesh: StartedMesh): Promise<readonly (string | undefined)[]> {
  const pods = (await mesh.pods()).filter(({ metadata }) => metadata.name.startsWith('echo'));
  const targets = await Promise.all(
    pods.map(({ metadata: { name } }) => mesh.client.execTarget({ name, namespace: 'default' })),
  );
  return [...new Set(targets.map(({ env }) => env['ZIPKIN_URL']))];
}

test('a mesh has a collector, tells its pods, and ends it with itself', async () => {
  const mesh = await meshWith({});
  const traces = (await mesh.client.overview()).traces;
  expect(traces?.embedded).toBe(true);
  expect(await zipkinUrlOfPods(mesh)).toEqual([traces?.zipkin]);
  const health = () =>
    fetch(`${traces?.api}/health`).then(
      ({ status }) => status,
      () => 0,
    );
  expect(await eventually(health, (status) => status === 200)).toBe(200);
  await mesh.client.shutdown();
  await mesh.ended;
  expect(await health()).toBe(0);
});

test('a Zipkin that is named gets the spans of the Envoys instead', async () => {
  const zipkin = await startCollector('zipkin');
  ends.push(zipkin.close);
  const mesh = await meshWith({ TRACES_PORT: '', ZIPKIN_URL: zipkin.origin });
  const traces = (await mesh.client.overview()).traces;
  expect(traces).toMatchObject({ embedded: false, page: { name: 'Zipkin' }, api: zipkin.origin });
  expect(await zipkinUrlOfPods(mesh)).toEqual([`${zipkin.origin}/api/v2/spans`]);
  expect((await mesh.get('/')).status).toBe(200);
  const read = async () => {
    const found = (await (await fetch(`${zipkin.origin}/api/v2/traces?limit=100`)).json()) as unknown[];
    return found.map(toSpans).find((spans) => servers(spans).length >= 2) ?? [];
  };
  const [gateway, sidecar] = servers(await eventually(read, (spans) => spans.length > 0));
  expect(gateway?.parentId).toBeUndefined();
  expect(sidecar?.parentId).toBeDefined();
  expect(mesh.processes().filter((process) => process.includes('mesh/telemetry/traces/main.ts'))).toEqual([]);
});

test('a mesh does not start when what is named takes no spans', async () => {
  const deaf = await startServer(404);
  ends.push(deaf.close);
  const start = startMesh({ TRACES_PORT: '', ZIPKIN_URL: deaf.origin });
  await expect(start).rejects.toThrow(`nothing takes spans at ${deaf.origin}/api/v2/spans (it answers 404)`);
});

function servers(spans: readonly Span[]): readonly Span[] {
  return spans
    .filter(({ kind }) => kind === 'SERVER')
    .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
}
