import { expect, it } from 'vitest';
import { type Column, comparisonTable } from '#test/bench/comparison.ts';

interface Run {
  readonly rate: number;
  readonly late: number;
}

const COLUMNS: readonly Column<Run>[] = [
  ['requests/s', ({ rate }) => rate, 0],
  ['p99 ms', ({ late }) => late, 1],
];
const direct: Run[] = [
  { rate: 100, late: 1 },
  { rate: 10, late: 10 },
  { rate: 100, late: 2 },
];
const mesh: Run[] = [
  { rate: 50, late: 2 },
  { rate: 5, late: 20 },
  { rate: 40, late: 8 },
];

it('shows medians, and ratios of the same round', () => {
  const table = comparisonTable({
    ...{ title: 'of three', yardstick: 'direct', columns: COLUMNS },
    measured: { direct, mesh },
  });
  expect(table).toEqual({
    title: 'of three',
    head: ['', 'requests/s', '× direct', 'p99 ms', '× direct'],
    rows: [
      ['direct', '100', '1', '2.0', '1'],
      ['mesh', '40', '0.50 (0.40 … 0.50)', '8.0', '2.00 (2.00 … 4.00)'],
    ],
  });
});

it('shows no ratios where the yardstick has not been measured', () => {
  const { head, rows } = comparisonTable({
    ...{ title: '', yardstick: 'direct', columns: COLUMNS },
    measured: { mesh },
  });
  expect([head, rows]).toEqual([['', 'requests/s', 'p99 ms'], [['mesh', '40', '8.0']]]);
});
