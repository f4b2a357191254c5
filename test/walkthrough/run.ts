import { setTimeout as delay } from 'node:timers/promises';
import { mismatch } from '#test/walkthrough/match.ts';
import type { Step } from '#test/walkthrough/parse.ts';
import type { Shell, ShellResult } from '#test/walkthrough/shell.ts';

/** How long a cluster may take to carry out what it has accepted, in milliseconds. */
const SETTLE = 60_000;
const PAUSE = 1_000;

export interface StepResult {
  readonly step: Step;
  readonly output: string;
  /** Why the step failed; absent when it passed. */
  readonly failure?: string;
}

export interface RunOptions {
  readonly shell: Shell;
  readonly target: string;
}

/** Runs one step and compares its output; on a cluster, a step marked `eventually` is repeated until it fits. */
export async function runStep(step: Step, { shell, target }: RunOptions): Promise<StepResult> {
  const deadline = Date.now() + (step.eventually && target === 'cluster' ? SETTLE : 0);
  for (;;) {
    const result = await shell.run(step.command);
    const failure = failureOf(step, result);
    if (failure === undefined) return { step, output: result.output };
    if (Date.now() >= deadline) return { step, output: result.output, failure };
    await delay(PAUSE);
  }
}

/** An exit code other than 0 is a failure only when the document shows no output that explains it. */
function failureOf({ expected }: Step, { output, exitCode }: ShellResult): string | undefined {
  const missing = mismatch(expected, output);
  if (missing !== undefined) return `expected: ${missing}`;
  return exitCode !== 0 && expected.length === 0 ? `exit code ${exitCode}` : undefined;
}

/** The steps that this target carries out. */
export function stepsFor(steps: readonly Step[], target: string): Step[] {
  return steps.filter(({ only }) => only === undefined || only === target);
}
