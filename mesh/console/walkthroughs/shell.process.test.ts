import { afterAll, beforeAll, expect, it } from 'vitest';
import { Shell } from '#mesh/console/walkthroughs/shell.ts';

let shell: Shell;
beforeAll(() => {
  shell = new Shell({ shell: ['sh'], env: process.env, cwd: import.meta.dirname });
});
afterAll(() => shell.close());

it('keeps variables, joins both outputs and passes on the exit code', async () => {
  await shell.run('export NAME=chain');
  expect(await shell.run('echo $NAME; echo oops >&2')).toEqual({ output: 'chain\noops\n', exitCode: 0 });
  expect(await shell.run('printf x; (exit 3)')).toEqual({ output: 'x', exitCode: 3 });
});

it('reads here-documents and gives commands an empty standard input', async () => {
  expect(await shell.run('cat <<EOF\nhello\nEOF')).toEqual({ output: 'hello\n', exitCode: 0 });
  expect(await shell.run('cat')).toEqual({ output: '', exitCode: 0 });
});

it('gives up on a command that does not end', async () => {
  await expect(shell.run('sleep 5', 50)).rejects.toThrow('no end after 50 ms: sleep 5');
});
