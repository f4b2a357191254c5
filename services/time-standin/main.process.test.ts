import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** Starts it as a pod would and returns its address. */
async function start(env: NodeJS.ProcessEnv): Promise<string> {
  child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...env, HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('no standard output');
  const [line] = await once(createInterface(child.stdout), 'line');
  return `http://127.0.0.1:${JSON.parse(line).port}`;
}

test('whatever is asked, it answers the time', async () => {
  const before = Date.now();
  const url = await start({ PORT: '0' });
  for (const request of [new Request(url), new Request(`${url}/some/path`, { method: 'POST', body: 'x' })]) {
    const response = await fetch(request);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const { milliseconds_since_epoch: time } = (await response.json()) as {
      milliseconds_since_epoch: number;
    };
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  }
});

test('a declared port is looked up in PORT_MAP, and SIGTERM ends it cleanly', async () => {
  const url = await start({ PORT: '80', PORT_MAP: '80:0' });
  expect((await fetch(url, { headers: { connection: 'close' } })).ok).toBe(true);
  const exit = once(child as ChildProcess, 'exit');
  child?.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});
