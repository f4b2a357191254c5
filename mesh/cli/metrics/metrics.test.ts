import { expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';

const metricsUrl = 'http://localhost:15090/stats/prometheus';
const labels =
  'reporter="source",source_workload="gw",source_workload_namespace="istio-system",destination_workload="web",destination_workload_namespace="shop",destination_service="web.shop.svc.cluster.local"';
const exposition = [
  `istio_requests_total{${labels},response_code="200"} 3`,
  `istio_requests_total{${labels},response_code="500"} 1`,
  `istio_request_duration_milliseconds_bucket{${labels},le="10"} 4`,
].join('\n');

function run(argv: readonly string[], text = exposition) {
  const overview = { pods: [], urls: [], standIns: [], metricsUrl };
  const fetchText = async (url: string) => ({ status: url === metricsUrl ? 200 : 404, text });
  return runCli(['metrics', ...argv], {
    client: fakeClient({ overview }),
    overrides: { fetchText },
  });
}

it('shows who asked whom', async () => {
  const { stdout, exitCode } = await run([]);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['SOURCE', 'DESTINATION', 'SERVICE', 'REQUESTS', 'ERRORS', 'P50', 'P99'],
    ['gw.istio-system', 'web.shop', 'web.shop.svc.cluster.local', '4', '25.0 %', '5.0 ms', '9.9 ms'],
    [''],
  ]);
});

it('gives the same as data', async () => {
  const { stdout } = await run(['-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject([{ source: 'gw.istio-system', requests: 4, errors: 1 }]);
});

it('gives what Prometheus reads', async () => {
  expect((await run(['-o', 'prometheus'])).stdout).toBe(exposition);
});

it('writes a configuration for Prometheus', async () => {
  const { stdout } = await run(['--prometheus-config']);
  expect(stdout).toContain('metrics_path: /stats/prometheus');
  expect(stdout).toContain('targets: ["localhost:15090"]');
});

it('says when there is nothing', async () => {
  expect((await run([], '')).stdout).toBe('No requests so far.\n');
});
