import { setTimeout as delay } from 'node:timers/promises';
import { mismatch } from '#test/walkthrough/match.ts';
import type { Step } from '#test/walkthrough/parse.ts';
import type { Shell, ShellResult } from '#test/walkthrough/shell.ts';

/** How long it may take until what was accepted is carried out, or what was sent has arrived, in milliseconds. */
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

/** Runs one step and compares its output; a step marked `soon`, on a cluster also `eventually`, is repeated until it fits. */
export async function runStep(step: Step, { shell, target }: RunOptions): Promise<StepResult> {
  const deadline = Date.now() + (isRepeated(step, target) ? SETTLE : 0);
  for (;;) {
    const result = await shell.run(step.command);
    const failure = failureOf(step, result);
    if (failure === undefined) return { step, output: result.output };
    if (Date.now() >= deadline) return { step, output: result.output, failure };
    await delay(PAUSE);
  }
}

function isRepeated({ eventually, soon }: Step, target: string): boolean {
  return soon || (eventually && target === 'cluster');
}

/** An exit code other than 0 is a failure only when the document shows no output that explains it. */
function failureOf({ expected }: Step, { output, exitCode }: ShellResult): string | undefined {
  const missing = mismatch(expected, output);
  if (missing !== undefined) return `expected: ${missing}`;
  return exitCode !== 0 && expected.length === 0 ? `exit code ${exitCode}` : undefined;
}

export interface Place {
  readonly target: string;
  /** What steps may need and is not there. */
  readonly lacks: readonly string[];
}

/** The steps that can be carried out there. */
export function stepsFor(steps: readonly Step[], { target, lacks }: Place): Step[] {
  return steps.filter(
    ({ only, needs }) =>
      (only === undefined || only === target) && (needs === undefined || !lacks.includes(needs)),
  );
}
