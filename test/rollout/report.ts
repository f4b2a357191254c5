import Table from 'cli-table3';
import { failures, type Phase } from '#test/rollout/tally.ts';

/** A row for each phase, and the sum; below it, what the failures said. */
export function formatPhases(phases: readonly Phase[]): string {
  const table = new Table({
    head: ['while', 'requests', 'failed', 'by code'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  table.push(...[...phases, sumOf(phases)].map(row));
  return `${table.toString()}\n${phases.flatMap(quotes).join('')}`;
}

function row(phase: Phase): string[] {
  const codes = Object.entries(phase.failed).map(([code, count]) => `${count} × ${code}`);
  return [phase.name, String(phase.requests), String(failures(phase)), codes.join(', ')];
}

function quotes({ name, said }: Phase): string[] {
  return Object.entries(said).map(([code, text]) => `\n${code} while ${name}: ${text.trim()}\n`);
}

/** All phases as one. */
export function sumOf(phases: readonly Phase[]): Phase {
  const failed: Record<string, number> = {};
  for (const [code, count] of phases.flatMap((phase) => Object.entries(phase.failed))) {
    failed[code] = (failed[code] ?? 0) + count;
  }
  const requests = phases.reduce((sum, phase) => sum + phase.requests, 0);
  return { name: 'in all', requests, failed, said: Object.assign({}, ...phases.map(({ said }) => said)) };
}
