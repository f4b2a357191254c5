import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { clusterTarget } from '#test/walkthrough/cluster.ts';
import { lacksOf } from '#test/walkthrough/lacks.ts';
import { laptopTarget } from '#test/walkthrough/laptop.ts';
import { parseWalkthrough } from '#test/walkthrough/parse.ts';
import { runStep, type StepResult, stepsFor } from '#test/walkthrough/run.ts';
import { Shell } from '#test/walkthrough/shell.ts';

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
  const steps = stepsFor(parseWalkthrough(await readFile(document, 'utf8')), { target: name, lacks });
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

function report(document: string, { step, failure }: StepResult): number {
  process.stderr.write(
    `\n${document}:${step.line}: ${failure}\nthe document shows:\n  ${step.expected.join('\n  ')}\n`,
  );
  return 1;
}
