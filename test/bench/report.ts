import Table from 'cli-table3';
import pc from 'picocolors';
import type { Benchmark, BenchResult, BenchTable } from '#test/bench/benchmark.ts';

/** One benchmark's result for a person. */
export function formatResult({ name, title }: Benchmark, { tables, aims, notes = [] }: BenchResult): string {
  return [
    `${pc.bold(name)}: ${title}`,
    ...tables.map(formatTable),
    ...aims.map(
      ({ text, measured, met }) =>
        `${met ? pc.green('✔') : pc.yellow('✘')} aim: ${text}; measured: ${measured}`,
    ),
    ...notes.map((note) => pc.dim(note)),
    '',
  ].join('\n');
}

function formatTable({ title, head, rows }: BenchTable): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return `${title}\n${table.toString()}`;
}

/** One line that shows what is going on: in place on a terminal, else a line for each thing. */
export function progressOn(stream: NodeJS.WriteStream): { show(text: string): void; end(): void } {
  if (!stream.isTTY) return { show: (text) => void stream.write(`  ${text}\n`), end: () => {} };
  return {
    show: (text) => void stream.write(`\r\x1b[2K… ${text}`),
    end: () => void stream.write('\r\x1b[2K'),
  };
}
