import { type OpenMetricsContentType, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { countedSeries } from '#platform/counted-series.ts';

const kept = (traceId: string) => ({ traceId, sampled: true });

function asked() {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const seriesOf = countedSeries({
    ...{ registry, labelNames: ['code'] },
    count: { name: 'asked_total', help: 'Questions' },
    time: { name: 'asked_seconds', help: 'Time' },
  });
  const observe = (code: number, ...[seconds, trace]: Parameters<ReturnType<typeof seriesOf>>) =>
    seriesOf(`${code}`, () => ({ code }))(seconds, trace);
  const lines = async (pattern: RegExp) =>
    (await registry.metrics()).split('\n').filter((line) => pattern.test(line));
  return { observe, lines };
}

test('every observation is counted, whoever asks first and however often', async () => {
  const { observe, lines } = asked();
  for (const trace of [kept('a'), undefined, { traceId: 'b', sampled: false }, kept('c')])
    observe(200, 0.5, trace);
  observe(200, 100, kept('d'));
  observe(500, 0.5, undefined);
  for (let time = 0; time < 2; time++) {
    expect(await lines(/^asked_total/)).toEqual(['asked_total{code="200"} 5', 'asked_total{code="500"} 1']);
    expect(await lines(/_(sum|count).*200/)).toEqual([
      'asked_seconds_sum{code="200"} 102',
      'asked_seconds_count{code="200"} 5',
    ]);
  }
});

test('the last kept trace of each bucket is its exemplar, until there is another', async () => {
  const { observe, lines } = asked();
  for (const [seconds, id] of [
    [0.5, 'a'],
    [0.4, 'b'],
    [2, 'c'],
    [100, 'd'],
  ] as const)
    observe(200, seconds, kept(id));
  observe(200, 0.5, { traceId: 'e', sampled: false });
  const exemplars = async () =>
    (await lines(/trace_id/)).map((line) => /le="(.+?)".*trace_id="(.+?)"} ([\d.]+)/.exec(line)?.slice(1));
  const first = [
    ['0.5', 'b', '0.4'],
    ['2.5', 'c', '2'],
    ['+Inf', 'd', '100'],
  ];
  expect(await exemplars()).toEqual(first);
  observe(200, 0.3, kept('f'));
  expect(await exemplars()).toEqual([['0.5', 'f', '0.3'], ...first.slice(1)]);
});
