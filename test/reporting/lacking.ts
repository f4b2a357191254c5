import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import type { Component } from '#test/components/component.ts';

/** A test that was not run. */
export interface Skipped {
  readonly file: string;
  /** The component that its `needs` names. */
  readonly lacks: Component | undefined;
}

/** The last lines of a run: which components are missing, how many tests that cost, and how to get them. */
export function lackingLines(skipped: readonly Skipped[]): readonly string[] {
  const groups = new Map<string, { fix: string; count: number }>();
  for (const { file, lacks } of skipped) {
    const name = lacks ? `${lacks.name} is missing` : `${file} skips without a reason`;
    const fix = lacks?.fix ?? 'give the test `needs(component)`, or mend it';
    groups.set(name, { fix, count: (groups.get(name)?.count ?? 0) + 1 });
  }
  return [...groups].map(([name, { fix, count }]) => {
    return `${count} ${count === 1 ? 'test was' : 'tests were'} skipped: ${name}: ${fix}`;
  });
}

/** Says at the end of a run what was skipped, and fails the run where no missing component is the reason. */
export default class LackingReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // Who asks for some tests by name or by line gets no list of all the others.
    if (this.#vitest?.config.testNamePattern) return;
    const skipped = modules.filter((module) => module.ok()).flatMap(skippedOf);
    if (skipped.length === 0) return;
    this.#vitest?.logger.log(`${lackingLines(skipped).join('\n')}\n`);
    if (skipped.some(({ lacks }) => lacks === undefined)) process.exitCode = 1;
  }
}

function skippedOf(module: TestModule): Skipped[] {
  const isSkipped = (test: TestCase) => test.result().state === 'skipped';
  return [...module.children.allTests()]
    .filter(isSkipped)
    .map((test) => ({ file: module.relativeModuleId, lacks: test.meta().lacks }));
}
