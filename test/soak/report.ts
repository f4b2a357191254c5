import { sumOf } from '#test/rollout/report.ts';
import { failures, type Phase } from '#test/rollout/tally.ts';
import type { Flatness } from '#test/soak/flatness.ts';
import type { SoakResult } from '#test/soak/soak.ts';

export interface ReportInput extends SoakResult {
  readonly duration: string;
  /** When and where. */
  readonly machine: string;
}

/** The report as a page of the documentation. */
export function reportOf({ duration, machine, phases, memory, changes }: ReportInput): string {
  const all = sumOf(phases);
  const { routes, scalings, restarts, refused } = changes;
  return `# Soak

\`make soak\` runs the chain with tracing under load for ${duration}, changes something every five seconds, and reads the memory of
its processes. This page is what its last run wrote: ${machine}.

${all.requests.toLocaleString('en')} requests, ${failures(all)} failed. Meanwhile: ${routes} changes of a route, ${scalings} scalings and ${restarts} restarts of a
Deployment, ${refused} invalid files, all of them refused.

| while | requests | failed | by code |
|---|---:|---:|---|
${phases.map(phaseRow).join('\n')}

Resident memory in MB, shared pages included. Flat: no tenth of the last half is further than 10 % from that half's mean. What is
restarted on purpose, and the collector, which fills its store up to its bound, are not judged.

| process | at the start | in the middle | at the end | deviation | flat |
|---|---:|---:|---:|---:|---|
${memory.map(memoryRow).join('\n')}
`;
}

function phaseRow(phase: Phase): string {
  const codes = Object.entries(phase.failed).map(
    ([code, count]) => `${count} × ${code}: ${phase.said[code]?.trim()}`,
  );
  return `| ${phase.name} | ${phase.requests} | ${failures(phase)} | ${codes.join(', ')} |`;
}

function memoryRow({ name, start, middle, end, deviation, flat }: Flatness): string {
  const megabytes = [start, middle, end].map((value) => value.toFixed(0));
  const verdict = flat === undefined ? '–' : flat ? 'yes' : 'no';
  return `| ${[name, ...megabytes, `${(deviation * 100).toFixed(1)} %`, verdict].join(' | ')} |`;
}

/** What keeps a run from being a good one; empty when nothing does. */
export function complaints({ phases, memory }: SoakResult): readonly string[] {
  const failed = failures(sumOf(phases));
  const growing = memory.filter(({ flat }) => flat === false).map(({ name }) => name);
  return [
    ...(failed > 0 ? [`${failed} requests failed`] : []),
    ...(growing.length > 0 ? [`memory is not flat: ${growing.join(', ')}`] : []),
  ];
}
