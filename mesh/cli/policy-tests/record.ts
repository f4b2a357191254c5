import { writeFile } from 'node:fs/promises';
import type { CliContext } from '#mesh/cli/context.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { recorded } from '#mesh/testing/record.ts';
import { complaints, type TestResult } from '#mesh/testing/test-result.ts';

/** Writes what happened into the files of tests. Reports tests that could not run, and leaves them as they are. */
export async function record(
  { stdout, stderr }: CliContext,
  files: readonly SourceFile[],
  results: readonly TestResult[],
): Promise<number> {
  const lost = results.filter(({ outcome }) => !outcome);
  for (const result of lost) {
    const { file, line } = result.test.position;
    stderr.write(`${file}:${line}: ${result.test.name}: ${complaints(result).join('; ')}\n`);
  }
  for (const source of files) {
    const own = results.filter(({ file, outcome }) => file === source.file && outcome);
    if (own.length === 0) continue;
    await writeFile(source.file, recorded(source, own));
    stdout.write(`${source.file}: ${own.length} expectations recorded\n`);
  }
  return lost.length > 0 ? 1 : 0;
}
