import { getGlobalDispatcher } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal, refusedExpression } from '#mesh/run/testing/refused-expression.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh();
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

const route = (subset: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: ['*']
  gateways: [ingress]
  http:
    - route:
        - destination: {host: echo, subset: ${subset}}
`;

test('a request that begins after an apply follows the new route', async () => {
  for (const subset of ['v2', 'v1', 'v2', 'v1', 'v2']) {
    const { results } = await mesh.apply(route(subset));
    expect(results.map(({ resource, action }) => `${resource} ${action}`)).toEqual([
      'virtualservice.networking.istio.io/echo configured',
    ]);
    expect(await mesh.get('/')).toEqual({ status: 200, text: subset });
  }
});

test.each([
  ['a namespace', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'],
  ['a route', route('v2')],
])('an apply of nothing but %s, which changes no pod, comes to its end', async (_, text) => {
  await mesh.apply(text);
  expect(await mesh.ready()).toBe('ready');
});

test('an apply of what is there changes nothing', async () => {
  await mesh.apply(route('v1'));
  expect((await mesh.apply(route('v1'))).results).toMatchObject([{ action: 'unchanged' }]);
});

test('a dry run changes nothing', async () => {
  await mesh.apply(route('v1'));
  const request = { files: [{ file: 'dry.yaml', text: route('v2') }], namespace: 'default', dryRun: true };
  expect((await mesh.client.apply(request)).results).toMatchObject([{ action: 'configured' }]);
  expect((await mesh.get('/')).text).toBe('v1');
});

test('a file with a mistake is refused as a whole, and traffic goes on', async () => {
  await mesh.apply(route('v1'));
  const response = await mesh.apply(
    `${route('v2')}---${route('v1').replace('name: echo', 'name: other').replace('hosts:', 'hotss:')}`,
    'bad.yaml',
  );
  expect(response.results).toEqual([]);
  expect(response.diagnostics).toContainEqual(
    expect.objectContaining({ severity: 'error', position: expect.objectContaining({ file: 'bad.yaml' }) }),
  );
  expect((await mesh.get('/')).text).toBe('v1');
});

test('a route to what is not there is taken with a warning, answers 503, and serves as soon as it is there', async () => {
  const { results, diagnostics } = await mesh.apply(route('later'), 'early.yaml');
  expect(results).toMatchObject([{ action: 'configured' }]);
  expect(diagnostics).toContainEqual(
    expect.objectContaining({
      ...{ severity: 'warning', code: 'IST0101' },
      position: expect.objectContaining({ file: 'early.yaml', line: 10 }),
    }),
  );
  expect((await mesh.get('/')).status).toBe(503);
  expect((await mesh.apply(rule('later'))).diagnostics).toEqual([]);
  expect(await mesh.get('/')).toEqual({ status: 200, text: 'v1' });
});

test('what a delete left in the air does not stop the next apply', async () => {
  await mesh.apply(route('v1'));
  const other = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orphan}
spec: {hosts: [orphan.example.com], gateways: [ingress], http: [{route: [{destination: {host: temporary}}]}]}
`;
  const service = `
apiVersion: v1
kind: Service
metadata: {name: temporary}
spec: {selector: {app: echo}, ports: [{name: http, port: 80}]}
`;
  expect((await mesh.apply(`${service}---${other}`, 'orphan.yaml')).results).toHaveLength(2);
  const objects = [{ kind: 'Service', name: 'temporary', namespace: 'default' }];
  await mesh.client.delete({ objects, namespace: 'default' });
  expect((await mesh.apply(route('v2'))).results).toMatchObject([{ action: 'configured' }]);
  expect((await mesh.get('/')).text).toBe('v2');
  // Whoever applies the orphan again is told.
  expect((await mesh.apply(other, 'orphan.yaml')).diagnostics).toMatchObject([{ code: 'IST0101' }]);
});

test("Istio's proxies take longer expressions than Envoy by itself, and cut a path's fragment off", async () => {
  const paths = Array.from({ length: 40 }, (_, index) => `/path-${index}`).join('|');
  const long = route('v2').replace('    - route:', `    - match: [{uri: {regex: '${paths}'}}]\n      route:`);
  expect((await mesh.apply(long, 'long.yaml')).results).toMatchObject([{ action: 'configured' }]);
  const agent = getGlobalDispatcher();
  for (const [path, status] of [
    ['/path-39#part', 200],
    ['/path-40', 404],
  ] as const) {
    const { statusCode, body } = await agent.request({ origin: mesh.gatewayUrl, path, method: 'GET' });
    expect([path, statusCode]).toEqual([path, status]);
    await body.dump();
  }
});

test('what an Envoy refuses is reported in its words and rolled back', async () => {
  await mesh.apply(route('v1'));
  const broken = route('v2').replace(
    '    - route:',
    `    - match: [{uri: {regex: '${refusedExpression}'}}]\n      route:`,
  );
  const response = await mesh.apply(broken, 'broken.yaml');
  expect(response.results).toEqual([]);
  expect(response.diagnostics).toContainEqual(
    expect.objectContaining({ code: 'M101-REJECTED', message: expect.stringContaining(refusal) }),
  );
  expect((await mesh.get('/')).text).toBe('v1');
  await mesh.apply(route('v2'));
  expect((await mesh.get('/')).text).toBe('v2');
});

test('no request fails while routes change and clusters come and go', async () => {
  let running = true;
  const statuses: Record<number, number> = {};
  const load = Array.from({ length: 4 }, async () => {
    while (running) {
      const { status } = await mesh.get('/');
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  });
  for (let round = 0; round < 15; round += 1) {
    const { diagnostics } = await mesh.apply(`${rule(`extra-${round}`)}---${route(`extra-${round}`)}`);
    expect(diagnostics).toEqual([]);
  }
  running = false;
  await Promise.all(load);
  expect(Object.keys(statuses)).toEqual(['200']);
});

const rule = (subset: string) => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo}
spec:
  host: echo
  subsets:
    - {name: v1, labels: {version: v1}}
    - {name: v2, labels: {version: v2}}
    - {name: ${subset}, labels: {version: v1}}
`;

test('a gateway whose certificate is missing is refused', async () => {
  const gateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: secure}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: ['*']
      tls: {mode: SIMPLE, credentialName: missing}
`;
  const { diagnostics } = await mesh.apply(gateway, 'secure.yaml');
  expect(diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'IST0101',
      message: expect.stringContaining('`missing`'),
      position: expect.objectContaining({ file: 'secure.yaml', line: 10 }),
    }),
  );
});

test("a route's time-out ends a request, and spares one that is faster", async () => {
  await mesh.apply(`${route('v1').trimEnd()}\n      timeout: 0.3s\n`);
  expect(await mesh.get('/')).toEqual({ status: 200, text: 'v1' });
  expect(await mesh.get('/?delay=5000')).toEqual({ status: 504, text: 'upstream request timeout' });
  await mesh.apply(route('v1'));
  expect(await mesh.get('/?delay=500')).toEqual({ status: 200, text: 'v1' });
});
