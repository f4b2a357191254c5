import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { type Component, needs } from '#test/components/component.ts';

const ROOT = join(import.meta.dirname, '..');

/** A service whose standard output is a disk without space: it tells its port by another way. */
const program = `
  import { httpbin } from '#services/httpbin/service.ts';
  import { runService } from '#platform/service.ts';
  const { env, stdout, stderr } = process;
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const listening = (port) => process.send(port);
  process.exit(await runService(httpbin, { env, stdout, stderr, stop: stop.signal, listening }));
`;

const fullDevice: Component = {
  name: '/dev/full',
  isThere: existsSync('/dev/full'),
  fix: 'run the tests on Linux',
};

test.for(['json', 'text'])(
  'a service goes on, and ends, while its log (%s) has no room',
  needs(fullDevice),
  async (format) => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: ROOT,
      env: { PORT: '0', HOST: '127.0.0.1', SHUTDOWN_DELAY: '0', LOG_FORMAT: format },
      stdio: ['ignore', full, 'pipe', 'ipc'],
    });
    closeSync(full);
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = text(child.stderr as NonNullable<typeof child.stderr>);
    const ended = once(child, 'exit');
    const [port] = await once(child, 'message');
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    for (let count = 0; count < 20; count += 1) await get('/uuid');
    const dropped = async () => Number(/^log_lines_dropped_total (\d+)$/m.exec(await get('/metrics'))?.[1]);
    // The line of its start, and one for each request.
    await expect.poll(dropped).toBe(21);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await said).toBe('');
  },
);
