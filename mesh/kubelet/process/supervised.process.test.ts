import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { Supervised } from '#mesh/kubelet/process/supervised.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

function supervised(script: string, command = '/bin/sh', variables: Record<string, string> = {}) {
  const log = new LogFile(join(temporaryDirectory(), 'test.log'));
  const env = { PATH: process.env['PATH'] ?? '', ...variables };
  return new Supervised({
    log,
    command: { command, args: ['-c', script], cwd: tmpdir(), env },
    backoff: { next: () => 5 },
  });
}

test('a program that ends is started again, and its exit is known', async () => {
  const program = supervised('echo run; exit 3');
  program.start();
  await eventually(
    () => program.restarts >= 2 && program.state === 'waiting',
    (done) => done,
  );
  await program.stop(1_000);
  expect(program.lastExit?.code).toBe(3);
  expect(program.log.read().split('\n').filter(Boolean)).toEqual(Array(program.restarts + 1).fill('run'));
  expect(program.state).toBe('stopped');
});

test('a program that ignores SIGTERM is killed after its grace', async () => {
  const program = supervised("trap '' TERM; echo deaf; while :; do sleep 0.05; done");
  program.start();
  await eventually(
    () => program.output,
    (output) => output.includes('deaf'),
  );
  await program.stop(50);
  expect(program.lastExit?.signal).toBe('SIGKILL');
});

test('a program that cannot be started says why', async () => {
  const program = supervised('', '/nonexistent/program');
  program.start();
  await eventually(
    () => program.lastExit,
    (exit) => exit !== undefined,
  );
  await program.stop(50);
  expect(program.lastExit?.error).toContain('ENOENT');
});

test.each([
  ['a NUL', 'a\0b', 'the variable ODD contains a NUL character'],
  [
    'more than 128 KiB',
    'x'.repeat(128 * 1024),
    /^the variable ODD has 131076 bytes, and Linux allows 131071/,
  ],
])(
  'a variable with %s keeps it waiting, with the reason, and it is tried again',
  async (_, value, reason) => {
    const program = supervised('echo run', '/bin/sh', { ODD: value });
    program.start();
    expect(program.state).toBe('waiting');
    expect(program.lastExit?.error).toMatch(reason);
    await eventually(
      () => program.restarts,
      (restarts) => restarts >= 2,
    );
    await program.stop(50);
    expect(program.state).toBe('stopped');
  },
);

test('what the run before wrote is still there when the next one is under way', async () => {
  const program = supervised('echo before; sleep 0.1; exit 1');
  program.start();
  expect(program.previousOutput).toBeUndefined();
  await eventually(
    () => program.restarts > 0 && program.state === 'running' && program.output === 'before\n',
    (running) => running,
  );
  expect(program.previousOutput).toBe('before\n');
  await program.stop(1_000);
});
