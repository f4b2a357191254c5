import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

/** Several apps share a mesh and its gateway. */
const APPS = ['chain', 'httpbin', 'userapi', 'tcp-echo'];

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh(...APPS);
});
afterAll(() => mesh?.close());

it('shows each app’s URL and the right answer to its first question', async () => {
  const output = await mesh.cli('up', ...APPS);
  for (const port of [80, 3001, 31400]) expect(output).toMatch(new RegExp(`^gateway port ${port} `, 'm'));
  expect(answerTo('/get', output)).toMatch(/^\{.*"url": "http:\/\/localhost:\d+\/get"\n\}\n$/s);
  expect(answerTo('/users', output)).toBe('{"users":[]}\n');
  expect(answerTo('/', output)).toMatch(/^frontend-prod - .*\nhttp:\/\/middleware\/ -> middleware-prod /);
  expect(output).toMatch(/^\$ echo hello \| nc localhost \d+\none hello\n/m);
});

it.each([
  ['/status/418', 418],
  ['/headers', 200],
  ['/delay/0.1', 200],
  ['/anything/at/all', 200],
])('leads %s at the chain’s port to httpbin', async (path, status) => {
  const response = await fetch(new URL(path, mesh.gatewayUrl), { headers: { connection: 'close' } });
  expect(response.status).toBe(status);
  expect(response.headers.get('x-service-version')).toMatch(/^v[12]$/);
});

it('adds what is missing while they run: 20 pods in one mesh', async () => {
  const output = await mesh.cli('up', 'all');
  expect(output).toContain('gateway.networking.istio.io/bookinfo-gateway created\n');
  expect(answerTo('/productpage', output)).toBe('<title>Simple Bookstore App</title>\n');
  expect(answerTo('/', output)).toMatch(/^frontend-prod /);
  const { pods } = await mesh.client.overview();
  expect(pods.filter(({ ready }) => /^(\d+)\/\1$/.test(ready))).toHaveLength(20);
});

/** What stands below `$ curl …PATH`, up to the next question. */
function answerTo(path: string, output: string): string | undefined {
  const [, answer] = output.split(new RegExp(`^\\$ curl http://localhost:\\d+${path}\\n`, 'm'));
  return answer?.split(/^\n?\$ /m)[0];
}
