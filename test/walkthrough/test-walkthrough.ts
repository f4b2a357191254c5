import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWalkthrough } from '#mesh/console/walkthroughs/parse.ts';
import { Shell } from '#mesh/console/walkthroughs/shell.ts';
import { needs } from '#test/components/component.ts';
import { COMPONENTS } from '#test/walkthrough/lacks.ts';
import { laptopTarget } from '#test/walkthrough/laptop.ts';
import { runStep, stepsFor } from '#test/walkthrough/run.ts';
import type { Target } from '#test/walkthrough/target.ts';

/** Each command of the document is a test; they run one after the other, in a laptop mesh of their own. */
export function testWalkthrough(document: string): void {
  describe(`${document} on the laptop`, () => {
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

    for (const step of stepsFor(parseWalkthrough(readFileSync(document, 'utf8')), EVERYTHING)) {
      const component = step.needs && COMPONENTS.get(step.needs);
      it(`line ${step.line}: ${step.command}`, component ? needs(component) : {}, async () => {
        const result = await runStep(step, { shell, target: 'laptop' });
        expect(result.failure, result.output).toBeUndefined();
      });
    }
  });
}

/** Steps that need what is not there are skipped by name, so that the run can say so. */
const EVERYTHING = { target: 'laptop', lacks: [] };
