import { setTimeout as delay } from 'node:timers/promises';
import { mismatch } from '#mesh/console/walkthroughs/match.ts';
import type { Step } from '#mesh/console/walkthroughs/parse.ts';
import type { Shell, ShellResult } from '#mesh/console/walkthroughs/shell.ts';

/** How long it may take until what was accepted is carried out, or what was sent has arrived, in milliseconds. */
const SETTLE = 60_000;
const PAUSE = 1_000;
/** How long one command may take, in milliseconds: on a cluster, `kubectl wait` waits for minutes. */
const COMMAND = 300_000;

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
    const result = await shell.run(step.command, COMMAND).catch((error: Error) => error);
    if (result instanceof Error) return { step, output: '', failure: result.message };
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
function failureOf({ command, expected }: Step, { output, exitCode }: ShellResult): string | undefined {
  const missing = mismatch(expected, shownOf(command, output));
  if (missing !== undefined) return `expected: ${missing}`;
  return exitCode !== 0 && expected.length === 0 ? `exit code ${exitCode}` : undefined;
}

/**
 * The output that a document shows. While a file's objects are deleted one by one, the laptop warns of each that others
 * still refer to; a cluster says nothing.
 */
export function shownOf(command: string, output: string): string {
  return command.startsWith('kubectl delete ')
    ? output.replaceAll(/^Warning: (?:IST\d+|M101-[a-z-]+): .*\n/gm, '')
    : output;
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
