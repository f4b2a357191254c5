import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createHttpServer, type HttpServerOptions, targetOf } from '#mesh/serve/http-server.ts';

async function started(handle: HttpServerOptions['handle']) {
  const onBug = vi.fn();
  const server = createHttpServer({ handle, onBug }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  async function ask(path: string) {
    const [response] = await once(get({ port, path, agent: false }), 'response');
    return { status: response.statusCode, text: await text(response) };
  }
  return { ask, onBug, server };
}

test.each([
  ['/', '/'],
  ['//', '//'],
  ['//evil.example/x?y', '//evil.example/x'],
  ['/a b', '/a%20b'],
  ['http://evil.example:1/x', '/x'],
  ['*', undefined],
  ['http://[', undefined],
  ['', undefined],
])('the target %j leads to the path %s', (url, path) => {
  expect(targetOf({ url })?.pathname).toBe(path);
});

test.each([
  ['throws', () => raise('thrown')],
  ['rejects', () => Promise.reject(new Error('rejected'))],
])('a handler that %s costs its own request only', async (_how, handle) => {
  const { ask, onBug } = await started(({ url, response }) =>
    url.pathname === '/bug' ? handle() : void response.end('well'),
  );
  expect(await ask('/bug')).toEqual({
    status: 500,
    text: 'this is a bug in the mesh; its log tells more\n',
  });
  expect(onBug).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
  expect(await ask('/')).toEqual({ status: 200, text: 'well' });
});

test('an answer that fails halfway is cut off', async () => {
  const { ask, onBug } = await started(({ response }) => {
    response.writeHead(200, { 'content-length': 10 }).write('half');
    raise('and no more');
  });
  await expect(ask('/')).rejects.toThrow(/aborted|hang up/);
  expect(onBug).toHaveBeenCalledOnce();
});

test('a connection that cannot be accepted is told of, and costs nobody else', async () => {
  const { ask, onBug, server } = await started(({ response }) => void response.end('well'));
  server.emit('error', new Error('accept EMFILE'));
  expect(onBug).toHaveBeenCalledOnce();
  expect(await ask('/')).toMatchObject({ status: 200 });
});

function raise(message: string): never {
  throw new Error(message);
}
