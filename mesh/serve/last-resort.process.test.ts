import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** A program that outlives what it does before its last line. */
async function run(body: string) {
  const program = `
    import { outliveErrors } from '#mesh/serve/http-server.ts';
    import { createProcessLog } from '#mesh/serve/process-log.ts';
    outliveErrors({ log: createProcessLog(), goesOn: 'the rest goes on' });
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { stdout, stderr, code };
}

test('a process outlives what a timer throws, a listener throws, and nobody waits for', async () => {
  const { stdout, stderr, code } = await run(`
    setTimeout(() => { throw new Error('of a timer'); });
    process.nextTick(() => process.stdin.emit('error', new Error('of an emitter')));
    void Promise.reject(new Error('of a promise'));
    setTimeout(() => console.log('alive'), 50);
  `);
  expect({ stdout, code }).toEqual({ stdout: 'alive\n', code: 0 });
  expect(stderr).toContain(
    'an error was thrown and nobody caught it; what it stopped is lost, the rest goes on: ',
  );
  expect(stderr).toContain('Error: of a timer\n    at ');
  expect(stderr).toContain('Error: of an emitter\n    at ');
  expect(stderr).toMatch(/an error was rejected and nobody caught it.*Error: of a promise\n {4}at /);
});

test('an error that comes again and again is told a few times', async () => {
  const { stderr } = await run(`
    const again = () => { throw new Error('again'); };
    for (let count = 0; count < 120; count += 1) setTimeout(again);
  `);
  expect(stderr.match(/a bug: /g)).toHaveLength(3);
  expect(stderr).toContain('goes on (100 times by now): Error: again');
});
