import { expect, it } from 'vitest';
import { splitTimes, timedProcess } from '#test/bench/clients/timed-process.ts';

it.each([
  { shell: 'dash', times: '0m0.001274s 0m0.000000s\n0m1.250000s 0m0.500000s\n', expected: 1.75 },
  { shell: 'bash', times: '0m0.001s 0m0.003s\n1m2.010s 0m0.090s\n', expected: 62.1 },
  { shell: 'bash in German', times: '0m0,001s 0m0,003s\n0m2,010s 0m0,090s\n', expected: 2.1 },
])("takes the children's times of $shell off the output", ({ times, expected }) => {
  const { stdout, cpuSeconds } = splitTimes(`{"a": 1}\nlast line\n\n${times}`);
  expect(stdout).toBe('{"a": 1}\nlast line\n');
  expect(cpuSeconds).toBeCloseTo(expected, 6);
  expect(splitTimes(`no newline\n${times}`).stdout).toBe('no newline');
  expect(splitTimes(`\n${times}`).stdout).toBe('');
});

it('refuses output without them', () => {
  expect(() => splitTimes('{}\n')).toThrow('has not told the times');
  expect(() => splitTimes('\na b\nc d\n')).toThrow("c is no time of the shell's");
});

it('measures the process, not the time that passes', async () => {
  const burn = 'const end = process.cpuUsage().user + 1e5; while (process.cpuUsage().user < end);';
  const { stdout, cpuSeconds } = await timedProcess(
    process.execPath,
    ['-e', `${burn} console.log(process.env.WORD)`],
    { WORD: 'burnt' },
  );
  expect(stdout).toBe('burnt\n');
  expect(cpuSeconds).toBeGreaterThan(0.09);
});

it('rejects with what a failing process says', async () => {
  await expect(timedProcess('sh', ['-c', 'echo no >&2; exit 3'])).rejects.toMatchObject({
    code: 3,
    stderr: 'no\n',
  });
});
