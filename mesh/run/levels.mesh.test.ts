import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { kubectlOf } from '#mesh/run/testing/mesh-kubectl.ts';
import { refusal, refusedExpression } from '#mesh/run/testing/refused-expression.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let kubectl: ReturnType<typeof kubectlOf>;
const parts = manifest('echo.yaml').split(/^---\n/m);
const part = (kind: string) => parts.find((text) => text.includes(`kind: ${kind}\n`)) ?? '';

beforeAll(async () => {
  mesh = await startMesh();
  kubectl = kubectlOf(mesh);
});
afterAll(() => mesh?.end());

const answer = () => mesh.get('/').catch(() => ({ status: 0, text: '' }));
const until = (status: number) => eventually(answer, (found) => found.status === status);

/** The flags of the gateway's last request: `503 NC cluster_not_found`. */
function lastFlags(): string {
  const [log = ''] = globSync(join(mesh.home, 'pods/istio-ingressgateway-*/istio-proxy.log'));
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return /" (\d{3} \S+ \S+)/.exec(lines.at(-1) ?? '')?.[1] ?? '';
}

async function analysisEvents(): Promise<readonly string[]> {
  const fields = '{range .items[*]}{.involvedObject.kind}/{.involvedObject.name} {.reason}{"\\n"}{end}';
  const selector = 'reportingComponent=istio-analyze';
  const { out } = await kubectl.run(
    'get',
    'events',
    '--field-selector',
    selector,
    '-o',
    `jsonpath=${fields}`,
  );
  return out.split('\n').filter(Boolean).sort();
}

/** What `mesh analyze` without files prints. */
const analyzeAll = () => mesh.client.analyze({ files: [], namespace: 'default' });

test('objects come in the wrong order, each is taken and warned about, and all is well when the last is there', async () => {
  const route = await kubectl.apply(part('VirtualService'));
  expect(route.code).toBe(0);
  expect(route.err).toContain('Warning: IST0101: gateway `ingress` not found');
  expect(route.err).toContain('Warning: IST0101: host `echo` not found');
  await eventually(analysisEvents, (events) => events.includes('VirtualService/echo IST0101'));
  expect((await analyzeAll()).map(formatDiagnostic)).toContainEqual(
    expect.stringMatching(
      /^VirtualService default\/echo spec\.gateways\[0\]: error IST0101: gateway `ingress` not/,
    ),
  );

  const gateway = await kubectl.apply(part('Gateway'));
  expect(gateway).toMatchObject({ code: 0, err: '' });
  expect(await until(503)).toEqual({ status: 503, text: '' });
  await eventually(lastFlags, (flags) => flags === '503 NC cluster_not_found');

  // No pod carries its labels yet.
  expect((await kubectl.apply(part('Service'))).err).toContain('Warning: M101-no-pods');
  expect((await kubectl.apply(part('DestinationRule'))).code).toBe(0);
  expect((await until(503)).text).toBe('no healthy upstream');
  for (const deployment of parts.filter((text) => text.includes('kind: Deployment'))) {
    // The first one's labels are not those of subset v2.
    expect((await kubectl.apply(deployment)).err).toMatch(/^$|^Warning: IST0173: subset `v2`.*\n$/);
  }
  expect(await until(200)).toEqual({ status: 200, text: 'v1' });
  await eventually(analysisEvents, (events) => events.length === 0);
  expect(await analyzeAll()).toEqual([]);
});

test.each([
  ['destinationrule', 'DestinationRule', 'subset `v1` of host `echo` not found'],
  ['service', 'Service', 'host `echo` not found: neither a Service nor a ServiceEntry declares it'],
])(
  'a route whose %s is deleted answers 503 at once, and 200 when it is back',
  async (name, kind, warning) => {
    const deleted = await kubectl.run('delete', name, 'echo');
    expect(deleted).toMatchObject({ code: 0, err: expect.stringContaining(warning) });
    expect(await mesh.get('/')).toEqual({ status: 503, text: '' });
    await eventually(lastFlags, (flags) => flags === '503 NC cluster_not_found');
    await eventually(analysisEvents, (events) => events.includes('VirtualService/echo IST0101'));
    // What else is wrong concerns no other write.
    const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: unrelated}\ndata: {a: b}\n';
    expect(await kubectl.apply(other)).toMatchObject({ code: 0, err: '' });
    expect(await kubectl.run('delete', 'configmap', 'unrelated')).toMatchObject({ code: 0, err: '' });
    expect(await kubectl.apply(part(kind))).toMatchObject({ code: 0, err: '' });
    expect(await mesh.get('/')).toEqual({ status: 200, text: 'v1' });
    await eventually(analysisEvents, (events) => events.length === 0);
  },
);

const secure = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: secure}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: ['*']
      tls: {mode: SIMPLE, credentialName: later}
`;

/** Whether anything answers TLS at the gateway's HTTPS port. */
async function securePortOpens(): Promise<boolean> {
  const { urls } = await mesh.client.overview();
  const url = urls.find((found) => found.url.startsWith('https:'))?.url;
  if (url === undefined) return false;
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

test('a Gateway without its Secret leaves its port closed and the others open; it opens when the Secret comes', async () => {
  const { code, err } = await kubectl.apply(secure);
  expect(code).toBe(0);
  expect(err).toContain('`later`');
  expect(await mesh.get('/')).toEqual({ status: 200, text: 'v1' });
  expect(await securePortOpens()).toBe(false);
  await eventually(analysisEvents, (events) => events.includes('Gateway/secure IST0101'));
  const { certificate, key } = await (await createAuthority('later')).issue({ commonName: 'later' });
  const files = { 'tls.crt': certificate, 'tls.key': key };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(mesh.home, name), text);
  const paths = [`--cert=${join(mesh.home, 'tls.crt')}`, `--key=${join(mesh.home, 'tls.key')}`];
  const created = await kubectl.run('create', 'secret', 'tls', 'later', '-n', 'istio-system', ...paths);
  expect(created).toMatchObject({ code: 0, err: '' });
  expect(await securePortOpens()).toBe(true);
  await eventually(analysisEvents, (events) => events.length === 0);
  const gone = await kubectl.run('delete', 'secret', 'later', '-n', 'istio-system');
  expect(gone.err).toContain('`later`');
  expect(await securePortOpens()).toBe(false);
  expect(await mesh.get('/')).toEqual({ status: 200, text: 'v1' });
  expect(await kubectl.run('delete', 'gateways.networking.istio.io', 'secure')).toMatchObject({ code: 0 });
  await eventually(analysisEvents, (events) => events.length === 0);
});

test('labels in another order are the same labels: no pod restarts', async () => {
  const names = async () => (await kubectl.run('get', 'pods', '-o', 'name')).out;
  const before = await names();
  const deployment = parts.find((text) => text.includes('name: echo-v1')) ?? '';
  const reordered = deployment.replaceAll('{ app: echo, version: v1 }', '{ version: v1, app: echo }');
  expect(reordered).not.toBe(deployment);
  expect((await kubectl.apply(reordered)).out).toBe('deployment.apps/echo-v1 unchanged\n');
  expect(await kubectl.run('rollout', 'status', 'deployment/echo-v1')).toMatchObject({ code: 0 });
  expect(await names()).toBe(before);
});

const refused = part('VirtualService').replace(
  '    - route:',
  `    - match: [{uri: {regex: '${refusedExpression}'}}]\n      route:`,
);
const subset = (name: string) => part('VirtualService').replace('subset: v1', `subset: ${name}`);

test('what an Envoy refuses is answered in its words, and the next correct write is taken, 20 times under load', async () => {
  let running = true;
  const statuses = new Set<number>();
  const load = Array.from({ length: 2 }, async () => {
    while (running) statuses.add((await answer()).status);
  });
  for (let round = 0; round < 20; round += 1) {
    const wrong = await kubectl.apply(refused);
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err.replace(/istio-ingressgateway-\S+/, 'GATEWAY')).toBe(
      `The VirtualService "echo" is invalid: spec: the Envoy of GATEWAY refused the configuration: ${refusal}\n`,
    );
    const version = round % 2 === 0 ? 'v2' : 'v1';
    expect(await kubectl.apply(subset(version))).toMatchObject({ code: 0, err: '' });
    expect((await mesh.get('/')).text).toBe(version);
  }
  running = false;
  await Promise.all(load);
  expect([...statuses]).toEqual([200]);
});
