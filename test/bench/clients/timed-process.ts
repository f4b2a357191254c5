import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';

export interface TimedOutput {
  readonly stdout: string;
  /** User and system time of the process with those that it has waited for, its start included. */
  readonly cpuSeconds: number;
}

const run = promisify(execFile);
const LARGEST_OUTPUT = 1 << 24;

/** Runs a program to its end and tells what CPU time it took; rejects with its errors when it fails. */
export async function timedProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TimedOutput> {
  // Node tells a process' use of CPU while it runs only, a shell tells that of its children (POSIX, `times`).
  const { stdout } = await run('/bin/sh', ['-c', '"$@" && echo && times', 'sh', command, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: LARGEST_OUTPUT,
  });
  return splitTimes(stdout);
}

/** Takes a newline, and what `times` prints, off the end: user and system time of the shell, and below it those of its children. */
export function splitTimes(output: string): TimedOutput {
  const match = /^(?<stdout>.*)\n\S+ \S+\n(?<user>\S+) (?<system>\S+)\n$/s.exec(output)?.groups;
  if (!match) throw new Error(`the shell has not told the times: ${output.slice(-200)}`);
  const { stdout = '', user = '', system = '' } = match;
  return { stdout, cpuSeconds: secondsOf(user) + secondsOf(system) };
}

/** `1m2.340000s` → 62.34 */
function secondsOf(text: string): number {
  const [, minutes, seconds] = /^(\d+)m(\d+(?:[.,]\d+)?)s$/.exec(text) ?? [];
  if (minutes === undefined || seconds === undefined) throw new Error(`${text} is no time of the shell's`);
  return Number(minutes) * 60 + Number(seconds.replace(',', '.'));
}
