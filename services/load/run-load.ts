import { writeFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { Environment } from '#platform/environment.ts';
import { USAGE } from '#services/load/flags.ts';
import { jsonReport } from '#services/load/json-report.ts';
import { type Plan, parsePlan } from '#services/load/plan.ts';
import { NO_ANSWER, type Result } from '#services/load/result.ts';
import { sendAll } from '#services/load/send-all.ts';
import { showAnswer } from '#services/load/show-answer.ts';
import { type Target, targetOf } from '#services/load/target.ts';
import { announcement, failureLine, textReport } from '#services/load/text-report.ts';
import { missed } from '#services/load/thresholds.ts';

/** The program's surroundings, or a test's. */
export interface LoadProcess {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when the run is to end early. */
  readonly stop: AbortSignal;
}

/**
 * Runs load as its command line says.
 *
 * @returns the exit code: 0, 1 if a threshold is missed or no answer came, 2 for a mistake in the command line.
 */
export async function runLoad(process: LoadProcess): Promise<number> {
  const parsed = parsePlan(process.args);
  if (parsed.kind === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (parsed.kind === 'mistake') {
    process.stderr.write(`load: ${parsed.mistake} (load -help lists all flags)\n`);
    return 2;
  }
  const { plan } = parsed;
  const target = targetOf(plan, process.env);
  return plan.curl ? showAnswer({ plan, target, ...process }) : measure({ plan, target }, process);
}

interface Work {
  readonly plan: Plan;
  readonly target: Target;
}

async function measure({ plan, target }: Work, { stdout, stderr, stop }: LoadProcess): Promise<number> {
  const failures = new Map<string, number>();
  const onFailure = (reason: string) => void failures.set(reason, (failures.get(reason) ?? 0) + 1);
  const asText = plan.output === 'text';
  if (asText && !plan.quiet) stdout.write(announcement(plan));
  const startedAt = new Date();
  const result = await sendAll({ plan, target, stop, onFailure });
  const json = jsonReport(result, plan, startedAt);
  stdout.write(asText ? textReport(result, plan) : json);
  if (plan.jsonFile !== undefined) await writeFile(plan.jsonFile, json);
  for (const [reason, count] of failures) stderr.write(`load: ${failureLine(reason, count)}`);
  return verdict(plan, result, stderr);
}

function verdict({ thresholds }: Plan, result: Result, stderr: Writable): number {
  const misses = missed(thresholds, result);
  for (const miss of misses) stderr.write(`load: ${miss}\n`);
  const answered = result.count > (result.codes.get(NO_ANSWER) ?? 0);
  return misses.length === 0 && answered ? 0 : 1;
}
