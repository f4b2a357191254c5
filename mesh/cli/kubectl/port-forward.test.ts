import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { pod, service } from '#mesh/cli/testing/objects.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';

let program: Server;
let bound = 0;

beforeAll(async () => {
  program = createServer((socket) => socket.end('hello'));
  program.listen(0, '127.0.0.1');
  await once(program, 'listening');
  bound = (program.address() as AddressInfo).port;
});
afterAll(() => void program.close());

const web = pod('web-1', { labels: { app: 'web' } });
const objects = [web, service('web', { ports: [{ port: 80, name: 'http', targetPort: 3000 }] })];
const client = () =>
  fakeClient({ objects, exec: { containers: ['app'], env: { PORT_MAP: `3000:${bound}` }, cwd: '/' } });

/** Forwards until `during` is done with the local port. */
async function forward(words: readonly string[], during: (port: number) => Promise<void>) {
  const stdout = new PassThrough();
  let written = '';
  stdout.on('data', (chunk) => {
    written += chunk;
  });
  let interrupt = () => {};
  const interrupted = () =>
    new Promise<void>((resolve) => {
      interrupt = resolve;
    });
  const run = runCli(['port-forward', ...words], { client: client(), overrides: { stdout, interrupted } });
  await eventually(
    () => written,
    (text) => text.includes('Forwarding'),
  );
  await during(Number(/127\.0\.0\.1:(\d+)/.exec(written)?.[1]));
  interrupt();
  return { exitCode: (await run).exitCode, written: () => written };
}

const answer = (port: number) => text(connect({ host: '127.0.0.1', port }));

describe('kubectl port-forward', () => {
  it.each([
    [['web-1', ':3000'], 3000],
    [['pod/web-1', ':3000'], 3000],
    [['svc/web', ':80'], 3000],
    [['svc/web', ':http'], 3000],
  ])('%j hands bytes on, and says so', async (words, declared) => {
    let port = 0;
    const { exitCode, written } = await forward(words, async (local) => {
      port = local;
      expect(await answer(local)).toBe('hello');
    });
    expect(exitCode).toBe(0);
    expect(written()).toBe(
      `Forwarding from 127.0.0.1:${port} -> ${declared}\nHandling connection for ${port}\n`,
    );
    await expect(answer(port)).rejects.toThrow('ECONNREFUSED');
  });

  it.each([
    [['web-1', '8080:9999'], 'pod/web-1 has no port "9999"; it has: 3000'],
    [['svc/web', '8080:3000'], 'service/web has no port "3000"; it has: 80'],
    [['web-1', 'x'], 'pod/web-1 has no port "x"'],
    [['none', '80'], 'not found'],
  ])('refuses %j', async (words, message) => {
    const { exitCode, stderr } = await runCli(['port-forward', ...words], { client: client() });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  it('tells when a local port is taken', async () => {
    const { exitCode, stderr } = await runCli(['port-forward', 'web-1', `${bound}:3000`], {
      client: client(),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`requested ports: [{${bound} 3000}]: address already in use`);
  });
});
