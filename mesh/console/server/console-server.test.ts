import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bodyOf, ConsoleError } from '#mesh/console/server/answers.ts';
import { createConsoleServer } from '#mesh/console/server/console-server.ts';

const token = 'a-token-of-this-mesh';
const bugs: unknown[] = [];
const server = createConsoleServer({
  token,
  routes: {
    'GET /api/thing': () => ({ thing: 1 }),
    'POST /api/thing': async ({ request: asked }) => bodyOf(asked, z.strictObject({ name: z.string() })),
    'GET /api/refused': () => {
      throw new ConsoleError(409, 'not now');
    },
    'GET /api/broken': () => {
      throw new Error('a bug');
    },
  },
  beside: async ({ response, url }) => {
    if (url.pathname !== '/beside') return false;
    response.end('beside');
    return true;
  },
  onBug: (error) => bugs.push(error),
});
let port = 0;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends the path as it is, which fetch would tidy up. */
async function ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  const call = request({
    port,
    path,
    method,
    headers: { host: `localhost:${port}`, ...headers },
    agent: false,
  });
  call.end(body);
  const [response] = await once(call, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode as number, headers: response.headers, text };
}

const withToken = { 'x-console-token': token };

describe('the page', () => {
  it('comes with a policy that runs its own files only', async () => {
    const { status, headers, text } = await ask('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(text).not.toMatch(/<script>|<style|style=|onclick/);
  });

  it.each([
    ['/page/main.js', 'text/javascript'],
    ['/page/base.css', 'text/css'],
    ['/lib/lit-html/lit-html.js', 'text/javascript'],
    ['/lib/lit-html/directives/repeat.js', 'text/javascript'],
    ['/lib/dagre/dagre.esm.js', 'text/javascript'],
    ['/lib/uplot/uPlot.min.css', 'text/css'],
    ['/lib/marked/marked.esm.js', 'text/javascript'],
  ])('has %s', async (path, type) => {
    const { status, headers } = await ask(path);
    expect([status, headers['content-type']]).toEqual([200, `${type}; charset=utf-8`]);
  });

  it.each([
    '/page/../console.ts',
    '/page/%2e%2e/console.ts',
    '/lib/../package.json',
    '/lib/none/x.js',
    '//etc/passwd',
    '/lib/marked/../../zod/index.js',
  ])('gives nothing out at %s', async (path) => expect((await ask(path)).status).toBe(404));

  it('stands beside others', async () => expect((await ask('/beside')).text).toBe('beside'));
});

describe('the mesh behind it', () => {
  it('is for whoever has the token', async () => {
    expect((await ask('/api/thing', { headers: withToken })).text).toBe('{"thing":1}');
    for (const headers of [{}, { 'x-console-token': '' }, { 'x-console-token': `${token.slice(0, -1)}x` }]) {
      const { status, text } = await ask('/api/thing', { headers });
      expect([status, text]).toEqual([401, expect.stringContaining('mesh console')]);
    }
  });

  it.each([
    ['another name of this machine', { host: 'evil.example' }, 421],
    ['a page of another site', { origin: 'https://evil.example' }, 403],
  ])('does not answer %s, token or not', async (_, headers, status) => {
    expect((await ask('/api/thing', { headers: { ...withToken, ...headers } })).status).toBe(status);
    expect((await ask('/', { headers })).status).toBe(status);
  });

  it('says what is wrong with a body', async () => {
    const post = (body: string) => ask('/api/thing', { method: 'POST', headers: withToken, body });
    expect((await post('{"name":"x"}')).text).toBe('{"name":"x"}');
    expect(await post('{"name":1}')).toMatchObject({ status: 400, text: expect.stringContaining('name: ') });
    expect(await post('{')).toMatchObject({ status: 400, text: expect.stringContaining('not JSON') });
  });

  it('refuses in a sentence, and outlives a bug', async () => {
    expect(await ask('/api/refused', { headers: withToken })).toMatchObject({
      status: 409,
      text: '{"error":"not now"}',
    });
    expect((await ask('/api/broken', { headers: withToken })).status).toBe(500);
    expect(bugs).toHaveLength(1);
    expect((await ask('/', { method: 'POST' })).status).toBe(405);
  });
});
