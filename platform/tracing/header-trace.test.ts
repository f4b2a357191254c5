import { expect, test } from 'vitest';
import { traceOf } from '#platform/tracing/headers.ts';

const LONG = '4bf92f3577b34da6a3ce929d0e0e4736';
const SHORT = '463ac35c9f6413ad';

test.each([
  [{ traceparent: `00-${LONG}-00f067aa0ba902b7-01` }, LONG, true],
  [{ traceparent: `00-${LONG}-00f067aa0ba902b7-00` }, LONG, false],
  [{ b3: `${LONG}-e457b5a2e4d86bd1-1` }, LONG, true],
  [{ b3: `${LONG}-e457b5a2e4d86bd1-d` }, LONG, true],
  [{ b3: `${LONG}-e457b5a2e4d86bd1-0` }, LONG, false],
  [{ 'x-b3-traceid': SHORT }, SHORT, false],
  [{ 'x-b3-traceid': SHORT, 'x-b3-sampled': '1' }, SHORT, true],
  [{ 'x-b3-traceid': SHORT, 'x-b3-flags': '1' }, SHORT, true],
])('%j belongs to a trace', (headers, traceId, sampled) => {
  expect(traceOf(headers)).toEqual({ traceId, sampled });
});

test.each([[{ b3: '0' }], [{}], [{ 'x-b3-traceid': 'x'.repeat(200) }], [{ traceparent: 'nonsense' }]])(
  '%j belongs to none',
  (headers) => {
    expect(traceOf(headers)).toBeUndefined();
  },
);
