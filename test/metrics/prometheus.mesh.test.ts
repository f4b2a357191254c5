import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { needs } from '#test/components/component.ts';
import { prometheus, type Series } from '#test/components/prometheus.ts';
import { type Dashboard, expressionsOf } from '#test/metrics/dashboard.ts';
import { type ScrapedChain, startScrapedChain } from '#test/metrics/scraped-chain.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACED = { 'x-b3-traceid': TRACE, 'x-b3-spanid': '00f067aa0ba902b7', 'x-b3-sampled': '1' };

const dashboard: Dashboard = JSON.parse(readFileSync('k8s/monitoring/mesh101-chain.json', 'utf8'));

describe('a real Prometheus', needs(prometheus), () => {
  let chain: ScrapedChain;
  beforeAll(async () => {
    chain = await startScrapedChain('k8s/chain-opentelemetry-full.yaml');
    await chain.send(10);
    await chain.send(5, { 'x-dev-user': 'super-secret' });
    await chain.send(2, { fail: '1' });
    await chain.send(1, TRACED);
  });
  afterAll(() => chain?.close());

  const answer = (expression: string, is: (series: readonly Series[]) => boolean) =>
    eventually(() => chain.prometheus.query(expression), is, 20_000);

  /** The answer as soon as its values add up to this: proxies report a request some time after it. */
  const counts = async (expression: string, sum: number) => {
    const series = await answer(expression, (found) => total(found) >= sum);
    return Object.fromEntries(
      series.map(({ labels, value }) => [Object.values(labels).sort().join(' '), value]),
    );
  };

  it("counts each call once with Istio's metrics, on the caller's side", async () => {
    const bySource =
      'sum by (source_workload, destination_workload, response_code) (istio_requests_total{reporter="source"})';
    expect(await counts(bySource, 66)).toEqual({
      '200 frontend-prod istio-ingressgateway': 16,
      '500 frontend-prod istio-ingressgateway': 2,
      '200 frontend-prod middleware-prod': 11,
      '200 frontend-prod middleware-canary': 5,
      '200 backend-prod middleware-prod': 11,
      '200 backend-prod middleware-canary': 5,
      '200 backend-prod unknown': 16,
    });
  });

  it('counts each attempt on the side that is called', async () => {
    const failed =
      'sum by (destination_workload) (istio_requests_total{reporter="destination",response_code="500"})';
    expect(await counts(failed, 8)).toEqual({ 'frontend-prod': 8 });
  });

  it('has the duration of every call', async () => {
    const durations =
      'sum by (destination_service_name) (istio_request_duration_milliseconds_count{reporter="source"})';
    expect(await counts(durations, 66)).toEqual({
      frontend: 18,
      middleware: 16,
      backend: 16,
      'time.jsontest.com': 16,
    });
  });

  it('counts what only the services know', async () => {
    expect(await counts('sum by (kind) (chain_faults_injected_total{job="mesh101"})', 8)).toEqual({
      fail: 8,
    });
    const outcomes = 'sum by (hop, outcome) (chain_upstream_outcomes_total{job="mesh101"})';
    expect(await counts(outcomes, 48)).toEqual({
      'middleware ok': 16,
      'backend ok': 16,
      'ok time.jsontest.com': 16,
    });
    // Each request that is not failed on purpose: one number in each of three services.
    const computed = 'sum(chain_fibonacci_computations_total{job="mesh101"})';
    expect(Object.values(await counts(computed, 48))).toEqual([48]);
  });

  it("knows the trace of a request of the program's histogram", async () => {
    const exemplars = () =>
      chain.prometheus.exemplars('http_request_duration_seconds_bucket{job="frontend"}');
    const found = await eventually(
      exemplars,
      (list) => list.some(({ trace_id }) => trace_id === TRACE),
      20_000,
    );
    expect(found.every(({ trace_id = '' }) => /^[0-9a-f]{32}$/.test(trace_id))).toBe(true);
  });

  it.each(expressionsOf(dashboard))('answers the dashboard: $title, $legend', async ({ expression }) => {
    expect((await answer(expression, (found) => found.length > 0)).length).toBeGreaterThan(0);
  });
});

function total(series: readonly Series[]): number {
  return series.reduce((sum, { value }) => sum + value, 0);
}
