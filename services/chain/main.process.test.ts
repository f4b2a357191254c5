import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

/** The service as a process of its own, on a free port. */
function start(env: Record<string, string>) {
  const main = new URL('main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], {
    env: { PORT: '0', HOST: '127.0.0.1', ...env },
    stdio: 'pipe',
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function portOf(child: ReturnType<typeof start>): Promise<number> {
  for await (const line of createInterface(child.stdout)) {
    const { msg, port } = JSON.parse(line);
    if (msg === 'listening') return port;
  }
  throw new Error('the service ended before it listened');
}

test('a mistaken environment: every mistake on stderr, exit code 78', async () => {
  const child = start({ PORT: 'banana', ERROR_RATE: '2' });
  const [mistakes, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(mistakes).toContain('PORT="banana": must be a whole number');
  expect(mistakes).toContain('ERROR_RATE="2": must be a number from 0 to 1');
  expect(code).toBe(78);
});

test('SIGTERM loses no request: those under way are answered, and the process ends with 0', async () => {
  const child = start({ SHUTDOWN_DELAY: '100ms' });
  const port = await portOf(child);
  child.stdout.resume();
  const ask = async () => {
    const [response] = await once(get({ port, headers: { delay: '400ms' }, agent: false }), 'response');
    return response.statusCode as number;
  };
  const waiting = Array.from({ length: 20 }, ask);
  // One more round trip tells that the twenty before it have been accepted.
  await once(get({ port, path: '/healthz', agent: false }), 'response');
  child.kill('SIGTERM');
  expect(await Promise.all(waiting)).toEqual(Array(20).fill(200));
  expect(await once(child, 'exit')).toEqual([0, null]);
});
