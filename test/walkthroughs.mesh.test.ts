import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacksOf } from '#test/walkthrough/lacks.ts';
import { laptopTarget } from '#test/walkthrough/laptop.ts';
import { parseWalkthrough } from '#test/walkthrough/parse.ts';
import { runStep, stepsFor } from '#test/walkthrough/run.ts';
import { Shell } from '#test/walkthrough/shell.ts';
import type { Target } from '#test/walkthrough/target.ts';

const DOCUMENTS = [
  'istio/chain/README.md',
  'istio/chain/TRACING.md',
  'istio/bookinfo/README.md',
  'istio/httpbin/README.md',
  'istio/tcp-echo/README.md',
  'istio/userapi/README.md',
];

describe.each(DOCUMENTS)('%s on the laptop', async (document) => {
  let target: Target;
  let shell: Shell;
  beforeAll(async () => {
    target = await laptopTarget(document);
    shell = new Shell(target);
  });
  afterAll(async () => {
    shell?.close();
    await target?.close();
  });

  const place = { target: 'laptop', lacks: lacksOf('laptop') };
  const steps = stepsFor(parseWalkthrough(await readFile(document, 'utf8')), place);
  it.each(steps)('line $line: $command', async (step) => {
    const result = await runStep(step, { shell, target: 'laptop' });
    expect(result.failure, result.output).toBeUndefined();
  });
});
