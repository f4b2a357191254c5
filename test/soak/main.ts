import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { machine } from '#test/bench/machine.ts';
import { UP_ARGUMENTS } from '#test/bench/route-change.ts';
import { ROOT, startOwnMesh } from '#test/own-mesh.ts';
import { durationOf } from '#test/soak/duration.ts';
import { complaints, reportOf } from '#test/soak/report.ts';
import { soak } from '#test/soak/soak.ts';

const duration = process.env['DURATION'] || '20m';
const milliseconds = durationOf(duration);
const where = machine();
const mesh = await startOwnMesh(...UP_ARGUMENTS.filter((word) => !['--traces-to', 'none'].includes(word)));
try {
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  const result = await soak({ mesh, milliseconds, progress });
  const report = reportOf({ ...result, duration, machine: where });
  writeFileSync(join(ROOT, 'docs/soak.md'), report);
  process.stdout.write(report);
  for (const complaint of complaints(result)) {
    process.stdout.write(`\n${complaint}\n`);
    process.exitCode = 1;
  }
} finally {
  await mesh.close();
}
