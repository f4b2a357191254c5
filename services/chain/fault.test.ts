import { expect, test } from 'vitest';
import { type ChainConfig, chainVariables } from '#services/chain/config.ts';
import { createFaults } from '#services/chain/fault.ts';
import { createTiming } from '#services/chain/timing.ts';

const config = (env: Record<string, string> = {}): ChainConfig => chainVariables.parse(env);

/** Random numbers in the order given; a draw too many fails the test. */
function drawing(...numbers: number[]) {
  return () => {
    const next = numbers.shift();
    if (next === undefined) throw new Error('no more randomness was expected');
    return next;
  };
}

function faults(env: Record<string, string>, random = drawing(), now = () => 0) {
  const sickness = { sick: false };
  return { sickness, faultOf: createFaults({ config: config(env), random, sickness, now }) };
}

test('nothing is drawn and nothing happens by default', () => {
  expect(faults({}).faultOf({})).toEqual({ delay: 0 });
});

test('ERROR_RATE is a probability for each request, not every nth', () => {
  const { faultOf } = faults({ ERROR_RATE: '0.5', ERROR_CODE: '503' }, drawing(0.49, 0.1, 0.5));
  const answers = [1, 2, 3].map(() => faultOf({}).answer?.status);
  expect(answers).toEqual([503, 503, undefined]);
});

test('a delay fault delays and does not fail', () => {
  const { faultOf } = faults({ ERROR_RATE: '1', ERROR_TYPE: 'delay', ERROR_DELAY: '2s' }, drawing(0));
  expect(faultOf({})).toEqual({ name: 'delay', delay: 2000 });
});

test('delay and code together are a slow failure; fail comes at once', () => {
  expect(faults({}).faultOf({ delay: 200, code: 418 })).toMatchObject({
    delay: 200,
    answer: { status: 418 },
  });
  expect(faults({}, drawing(0.2)).faultOf({ delay: 200, fail: 0.3 })).toMatchObject({
    delay: 0,
    answer: { status: 500 },
  });
});

test('the rate limit lets a burst pass, then as many as time brings', () => {
  let now = 0;
  const { faultOf } = faults({ RATE_LIMIT: '2', RATE_LIMIT_CODE: '429' }, drawing(), () => now);
  const answers = () => [1, 2, 3].map(() => faultOf({}).answer?.status);
  expect(answers()).toEqual([undefined, undefined, 429]);
  now = 500;
  expect(answers()).toEqual([undefined, 429, 429]);
});

test('timings have the configured percentiles', () => {
  const env = { TIMING_50_PERCENTILE: '10ms', TIMING_90_PERCENTILE: '50ms', TIMING_99_PERCENTILE: '140ms' };
  const timing = createTiming(config(env), drawing(0, 0.5, 0.7, 0.9, 0.945, 0.99, 0.9999));
  const drawn = Array.from({ length: 7 }, () => Math.round(timing?.() ?? 0));
  expect(drawn).toEqual([10, 10, 30, 50, 95, 140, 140]);
});

test('the variance moves a timing up or down by at most its percentage', () => {
  const timing = createTiming(
    config({ TIMING_50_PERCENTILE: '100ms', TIMING_VARIANCE: '20' }),
    drawing(0, 0, 0, 1),
  );
  expect([timing?.(), timing?.()]).toEqual([80, 120]);
});

test('mistakes across variables are found beside those in single ones', () => {
  const env = {
    ERROR_RATE: 'x',
    UPSTREAM_URI: 'http://a',
    UPSTREAM_URIS: 'http://b',
    TIMING_50_PERCENTILE: '2s',
    TIMING_90_PERCENTILE: '1s',
  };
  const paths = chainVariables.safeParse(env).error?.issues.map(({ path }) => path[0]);
  expect(paths).toEqual(['ERROR_RATE', 'UPSTREAM_URIS', 'TIMING_90_PERCENTILE']);
});
