import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('--filename', 'test/public-images/tools.yaml', '--traces-to', 'none');
});
afterAll(() => mesh?.close());

const fortio = (...args: string[]) =>
  mesh.kubectl('exec', 'deploy/fortio-deploy', '-c', 'fortio', '--', 'fortio', ...args);

it('runs a public httpbin and fortio: one call, then a load', async () => {
  expect(await fortio('load', '-curl', 'http://httpbin:8000/get')).toContain(
    '"url": "http://httpbin:8000/get"',
  );
  const report = await fortio('load', '-c', '2', '-qps', '0', '-n', '20', 'http://httpbin:8000/get');
  expect(report).toContain('Code 200 : 20 (100.0 %)');
});

it('runs a public tcp-echo-server with its arguments, behind the gateway', async () => {
  const { pods } = await mesh.client.overview();
  const port = pods.find(({ name }) => name.startsWith('istio-ingressgateway-'))?.ports[31400] ?? 0;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('world\n');
  const [answer] = await once(socket.setEncoding('utf8'), 'data');
  socket.destroy();
  expect(answer).toBe('hello world\n');
});
