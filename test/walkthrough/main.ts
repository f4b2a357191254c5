import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseWalkthrough } from '#mesh/console/walkthroughs/parse.ts';
import { Shell } from '#mesh/console/walkthroughs/shell.ts';
import { endWithReader } from '#platform/process.ts';
import { clusterTarget } from '#test/walkthrough/cluster.ts';
import { lacksOf } from '#test/walkthrough/lacks.ts';
import { laptopTarget } from '#test/walkthrough/laptop.ts';
import { runStep, type StepResult, stepsFor } from '#test/walkthrough/run.ts';

endWithReader();

/** `make walkthrough`: runs the document's commands and shows what they print; stops at the first that differs. */
const { values, positionals } = parseArgs({
  options: { target: { type: 'string', default: 'laptop' } },
  allowPositionals: true,
});
process.exitCode = await main(positionals[0] ?? 'istio/chain/README.md', values.target);

async function main(document: string, name: string): Promise<number> {
  if (name !== 'laptop' && name !== 'cluster') {
    process.stderr.write(`TARGET is ${name}; it must be laptop or cluster\n`);
    return 2;
  }
  const lacks = lacksOf(name);
  const page = await readPage(document);
  if (page === undefined) return 2;
  const steps = stepsFor(parseWalkthrough(page), { target: name, lacks });
  const without = lacks.length === 0 ? '' : `, without those that need ${lacks.join(' or ')}`;
  process.stdout.write(`${document} on the ${name}: ${steps.length} commands${without}\n`);
  const target = await (name === 'laptop' ? laptopTarget(document) : clusterTarget());
  const shell = new Shell(target);
  try {
    for (const [index, step] of steps.entries()) {
      process.stdout.write(`\n[${index + 1}/${steps.length}] ${step.section}\n$ ${step.command}\n`);
      const result = await runStep(step, { shell, target: name });
      process.stdout.write(result.output);
      if (result.failure !== undefined) return report(document, result);
    }
    process.stdout.write(`\nall ${steps.length} commands printed what ${document} shows\n`);
    return 0;
  } finally {
    shell.close();
    await target.close();
  }
}

/** The document's text. Without one, the walkthroughs that there are. */
async function readPage(document: string): Promise<string | undefined> {
  try {
    const page = await readFile(document, 'utf8');
    if (parseWalkthrough(page).length > 0) return page;
    process.stderr.write(`${document} has no commands to run: no block of \`\`\`console\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
    process.stderr.write(`DOC=${document} ${why}\n`);
  }
  const pages = globSync('istio/*/*.md').filter(
    (path) => parseWalkthrough(readFileSync(path, 'utf8')).length > 0,
  );
  process.stderr.write(`The walkthroughs are: ${pages.sort().join(', ')}.\n`);
  return undefined;
}

function report(document: string, { step, failure }: StepResult): number {
  process.stderr.write(
    `\n${document}:${step.line}: ${failure}\nthe document shows:\n  ${step.expected.join('\n  ')}\n`,
  );
  return 1;
}
