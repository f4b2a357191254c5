import { once } from 'node:events';
import { type RequestOptions, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createControlServer, type RouteTable } from '#mesh/run/control/route-table.ts';

const table: RouteTable = {
  'GET /pods/:name': ({ path }) => ({ name: path['name'] }),
  'POST /apply': ({ body }) => ({ body }),
  'GET /broken': () => {
    throw new Error('oh');
  },
  'GET /half': async ({ response }) => {
    response.writeHead(200);
    response.write('half');
    throw new Error('and no more');
  },
};

async function started() {
  const onBug = vi.fn();
  const server = createControlServer(table, onBug).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  async function ask(path: string, { body, ...options }: RequestOptions & { body?: string } = {}) {
    const [response] = await once(request({ port, path, agent: false, ...options }).end(body), 'response');
    return { status: response.statusCode, text: await text(response) };
  }
  return { ask, onBug };
}

test('a call is answered by its route', async () => {
  const { ask } = await started();
  expect(await ask('/pods/a%2Fb')).toEqual({ status: 200, text: '{"name":"a/b"}' });
  expect(await ask('/apply', { method: 'POST', body: '{"x":1}' })).toMatchObject({ status: 200 });
  expect(await ask('/nothing')).toEqual({ status: 404, text: '{"error":"there is no GET /nothing"}' });
});

test.each([
  ['//', 404],
  ['http://[', 400],
  ['/pods/%E0%A4%A', 400],
])('the address %s is a mistake of the caller, not a bug', async (path, status) => {
  const { ask, onBug } = await started();
  expect(await ask(path)).toMatchObject({ status });
  expect(onBug).not.toHaveBeenCalled();
});

test('a body that is no JSON is a mistake of the caller, too', async () => {
  const { ask, onBug } = await started();
  expect(await ask('/apply', { method: 'POST', body: '{' })).toMatchObject({ status: 400 });
  expect(onBug).not.toHaveBeenCalled();
});

test('what a handler throws is told and answered, and the next call finds the server as it was', async () => {
  const { ask, onBug } = await started();
  expect(await ask('/broken')).toEqual({ status: 500, text: '{"error":"oh"}' });
  // What was half sent is at least ended: the client is not left waiting.
  expect(await ask('/half').catch(() => 'cut off')).toBeDefined();
  expect(await ask('/pods/x')).toMatchObject({ status: 200 });
  expect(onBug).toHaveBeenCalledTimes(2);
});
