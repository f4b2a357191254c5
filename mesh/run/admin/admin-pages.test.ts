import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createAdminPages } from '#mesh/run/admin/admin-pages.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const PATH = '/envoy/shop/web-1';
/** What has reached the Envoy. */
let asked: string[];
let port: number;
let envoy: Server;

beforeEach(async () => {
  asked = [];
  const socketPath = join(temporaryDirectory(), '1.sock');
  envoy = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const type = incoming.url === '/config_dump' ? 'application/json' : 'text/html';
    response.writeHead(200, { 'content-type': type }).end('<script>1</script>');
  });
  const bugs: unknown[] = [];
  const envoys = () => [{ name: 'web-1.shop', admin: { socketPath } }];
  const pages = createAdminPages({ envoys, onBug: (error) => bugs.push(error) });
  onTestFinished(() => {
    for (const server of [envoy, pages]) {
      server.closeAllConnections();
      server.close();
    }
    expect(bugs).toEqual([]);
  });
  await Promise.all([
    once(envoy.listen(socketPath), 'listening'),
    once(pages.listen(0, '127.0.0.1'), 'listening'),
  ]);
  ({ port } = pages.address() as AddressInfo);
});

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { method = 'GET', headers = {} }: Ask = {}) {
  const call = request({
    port,
    path,
    method,
    agent: false,
    headers: { host: `localhost:${port}`, ...headers },
  });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

describe('what may be read', () => {
  it('comes from the Envoy, with its query, and is never HTML', async () => {
    const stats = await ask(`${PATH}/stats?filter=^http&usedonly`);
    expect(stats).toMatchObject({ status: 200, text: '<script>1</script>' });
    expect(stats.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    const dump = await ask(`${PATH}/config_dump`);
    expect(dump.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(asked).toEqual(['GET /stats?filter=^http&usedonly', 'GET /config_dump']);
  });

  it('is linked from a page for each Envoy, and one for all', async () => {
    expect((await ask('/')).text).toContain(`<a href="${PATH}">web-1.shop</a>`);
    expect((await ask(PATH)).text).toContain(`<a href="${PATH}/config_dump">/config_dump</a>`);
    expect(asked).toEqual([]);
  });

  it('is missed with a reason while the Envoy does not answer', async () => {
    envoy.closeAllConnections();
    await new Promise((resolve) => envoy.close(resolve));
    expect(await ask(`${PATH}/stats`)).toMatchObject({
      status: 503,
      text: 'the Envoy of web-1.shop does not answer: it is starting or ending\n',
    });
  });
});

describe('what reaches no Envoy', () => {
  const changing = [
    'quitquitquit',
    'healthcheck/fail',
    'logging',
    'runtime_modify',
    'drain_listeners',
    'cpuprofiler',
  ];

  it.each(changing)('/%s, however it is asked for', async (path) => {
    for (const written of [
      path,
      `stats/../${path}`,
      `stats/%2e%2e/${path}`,
      `/${path}`,
      `stats%2f..%2f${path}`,
    ]) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const { status } = await ask(`${PATH}/${written}`, { method });
        expect([written, method, status]).toEqual([written, method, method === 'GET' ? 404 : 405]);
      }
    }
    expect(asked).toEqual([]);
  });

  it.each([
    ['POST', { method: 'POST' }, 405],
    ['a page of another site', { headers: { origin: 'http://evil.example' } }, 403],
    ['a page without a site', { headers: { origin: 'null' } }, 403],
    ['another name for this machine', { headers: { host: 'evil.example:15000' } }, 421],
    ['a method that is not one', { method: 'OPTIONS' }, 405],
  ])('%s', async (_who, options, status) => {
    const answer = await ask(`${PATH}/stats`, options);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(asked).toEqual([]);
  });

  it.each(['/envoy/shop/other/stats', '/envoy/shop', '/stats', '//', '/envoy/shop/constructor/stats'])(
    'the address %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
      expect(asked).toEqual([]);
    },
  );
});
