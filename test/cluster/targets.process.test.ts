import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { expectGolden, goldenCases } from '#test/golden.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';
import { type MakeCase, type MakeResult, StubbedProject } from './project.ts';

// Some of these start dozens of processes, and other tests may have the machine.

const CASES = goldenCases(fileURLToPath(new URL('./testdata', import.meta.url)));

/** A preflight only asks. */
const ASKS = [
  /^gcloud (auth list|config get-value) /,
  /^kubectl (config current-context|get )/,
  /^istioctl version /,
  /^docker (version|inspect )/,
];

describe('a target runs these commands', () => {
  it.each(CASES.filter(({ name }) => !isMistake(name)))('$name', async (golden) => {
    const result = await runCase(golden.text);
    expectGolden(golden.out, lines(result));
  });
});

describe('a mistake is one line, before anything has been changed', () => {
  it.each(CASES.filter(({ name }) => isMistake(name)))('$name', async (golden) => {
    const result = lines(await runCase(golden.text));
    expectGolden(golden.out, result);
    expect(result.exit).toBe(2);
    expect(result.output.filter((line) => !line.startsWith('kubectl context: '))).toHaveLength(1);
    expect(result.commands.filter((command) => !ASKS.some((ask) => ask.test(command)))).toEqual([]);
  });
});

const isMistake = (name: string): boolean => basename(name).includes('-without-');

const runCase = (text: string): Promise<MakeResult> =>
  new StubbedProject(temporaryDirectory()).run(parse(text) as MakeCase);

/** Lines read better in a golden file than one long string. */
function lines({ exit, output, commands }: MakeResult) {
  const ours = commands.split('\n').filter((line) => line && !line.startsWith('uname '));
  return { exit, output: output.trimEnd().split('\n'), commands: ours };
}
