import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { startZipkinSink, type ZipkinSink } from '#mesh/run/testing/zipkin-sink.ts';
import { getLocal } from '#mesh/serve/get-local.ts';
import { parseSamples } from '#mesh/telemetry/metrics/exposition.ts';

/** The chain, with its routes in Gateway API. */
const MANIFESTS = [
  'k8s/chain.yaml',
  'istio/chain/egress.yaml',
  ...['ingress', 'versions', 'routing-3'].map((name) => `istio/chain/gateway-api/${name}.yaml`),
];

let mesh: StartedMesh;
let sink: ZipkinSink;

beforeAll(async () => {
  sink = await startZipkinSink();
  mesh = await startMesh({ ZIPKIN_URL: sink.url, TRACES_PORT: '' });
  const text = MANIFESTS.map((file) => readFileSync(file, 'utf8')).join('\n---\n');
  expect((await mesh.apply(text)).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
});
afterAll(async () => {
  await mesh.end();
  sink.close();
});

/** A request by the Gateway, once it answers. */
async function send(headers: Readonly<Record<string, string>>): Promise<void> {
  const url = async () => {
    const { urls } = await mesh.client.overview();
    return urls.find(({ name }) => name === 'gateway default/chain port 80')?.url;
  };
  const found = new URL((await eventually(url, (one) => one !== undefined)) ?? '');
  const host = found.hostname.replace('localhost', '127.0.0.1');
  const ask = async () =>
    (await getLocal({ host, port: Number(found.port || 80), path: '/', headers })).status;
  await eventually(ask, (status) => status === 200);
}

test("a Gateway's Envoy and the rules of HTTPRoutes are in traces and metrics as all others are", async () => {
  const traceId = randomBytes(16).toString('hex');
  const b3 = { 'x-b3-traceid': traceId, 'x-b3-spanid': randomBytes(8).toString('hex'), 'x-b3-sampled': '1' };
  await send({ ...b3, 'x-dev-user': 'super-secret' });
  const sent = () =>
    sink.spans
      .filter((span) => span.traceId === traceId)
      .map(({ localEndpoint, tags }) => `${localEndpoint.serviceName} ${tags?.['upstream_cluster']}`);
  // Each Envoy sends its spans in its own time.
  await eventually(sent, (found) =>
    [
      'chain-istio.default outbound|80||frontend.default.svc.cluster.local',
      'frontend.default outbound|80||middleware-canary.default.svc.cluster.local',
    ].every((one) => found.includes(one)),
  );

  const { metricsUrl = '' } = await mesh.client.overview();
  const counted = async () =>
    parseSamples(await (await fetch(metricsUrl)).text())
      .filter(({ name, labels }) => name === 'istio_requests_total' && labels['reporter'] === 'source')
      .map(({ labels }) => `${labels['source_workload']}→${labels['destination_service_name']}`);
  await eventually(counted, (found) =>
    ['chain-istio→frontend', 'frontend-prod→middleware-canary'].every((one) => found.includes(one)),
  );
});
