import { expect, test } from 'vitest';
import { traceId } from '#platform/trace-id.ts';

test.each([
  [
    { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    '4bf92f3577b34da6a3ce929d0e0e4736',
  ],
  [{ b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1' }, '80f198ee56343ba864fe8b2a57d3eff7'],
  [{ 'x-b3-traceid': '463ac35c9f6413ad' }, '463ac35c9f6413ad'],
  [{ b3: '0' }, undefined],
  [{}, undefined],
])('%j belongs to %j', (headers, id) => {
  expect(traceId(headers)).toBe(id);
});
