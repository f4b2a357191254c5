import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Subscriptions } from '#mesh/run/xds/subscriptions.ts';
import { XdsServer } from '#mesh/run/xds/xds-server.ts';

const NODE = 'sidecar~127.0.0.1~a.default~default.svc.cluster.local';
const routes = { version_info: '1', resources: [{ name: 'http_proxy' }] };

let folder = '';
let server: XdsServer;
let subscriptions: Subscriptions;
let envoy: Client;
let problems: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-xds-'));
  problems = [];
  server = new XdsServer(join(folder, 'xds.sock'), (problem) => problems.push(problem));
  await server.listen();
  subscriptions = server.open(NODE);
  envoy = new Client('http://xds', { socketPath: server.socket });
});

afterEach(async () => {
  await envoy.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

test('each Envoy gets its own answer to its question', async () => {
  subscriptions.offer({ 'routes/http_proxy': routes });
  server.open('another').offer({ 'routes/http_proxy': { ...routes, version_info: '2' } });
  const { body } = await ask('/v3/discovery:routes', { node: { id: NODE }, resource_names: ['http_proxy'] });
  expect(await body.json()).toEqual(routes);
});

test('whoever gives up is forgotten, without a word', async () => {
  const impatient = new AbortController();
  const asked = ask('/v3/discovery:clusters', { node: { id: NODE } }, impatient.signal);
  impatient.abort();
  await expect(asked).rejects.toThrow('aborted');
  subscriptions.offer({ clusters: routes });
  const { body } = await ask('/v3/discovery:clusters', { node: { id: NODE } });
  expect(await body.json()).toEqual(routes);
  expect(problems).toEqual([]);
});

test('what is no question is refused, and told', async () => {
  expect((await ask('/v3/discovery:clusters', 'clusters, please')).statusCode).toBe(400);
  expect((await ask('/clusters', { node: { id: NODE } })).statusCode).toBe(400);
  expect(problems).toEqual([
    expect.stringContaining('/v3/discovery:clusters'),
    expect.stringContaining('/clusters'),
  ]);
});

function ask(path: string, question: unknown, signal?: AbortSignal) {
  return envoy.request({ method: 'POST', path, body: JSON.stringify(question), ...(signal && { signal }) });
}
