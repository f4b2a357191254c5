import { expect, it } from 'vitest';
import { complaints, reportOf } from '#test/soak/report.ts';
import type { SoakResult } from '#test/soak/soak.ts';

const result = (failed: Record<string, number>, flat: boolean): SoakResult => ({
  phases: [{ name: 'routes', requests: 1_500, failed, said: { 503: 'no healthy upstream\n' } }],
  memory: [
    { name: 'the runner', start: 80, middle: 99.6, end: 101, deviation: 0.012, flat },
    { name: 'the trace collector', start: 80, middle: 200, end: 300, deviation: 0.4 },
  ],
  changes: { routes: 4, scalings: 3, restarts: 2, refused: 1 },
});

it('is content with a run in which nothing failed and nothing grew', () => {
  expect(complaints(result({}, true))).toEqual([]);
});

it('names what failed and what grew', () => {
  expect(complaints(result({ 503: 2 }, false))).toEqual([
    '2 requests failed',
    'memory is not flat: the runner',
  ]);
  const page = reportOf({ ...result({ 503: 2 }, false), duration: '20m', machine: 'a laptop' });
  expect(page).toContain('1,500 requests, 2 failed. Meanwhile: 4 changes of a route, 3 scalings');
  expect(page).toContain('| routes | 1500 | 2 | 2 × 503: no healthy upstream |');
  expect(page).toContain('| the runner | 80 | 100 | 101 | 1.2 % | no |');
  expect(page).toContain('| the trace collector | 80 | 200 | 300 | 40.0 % | – |');
});
