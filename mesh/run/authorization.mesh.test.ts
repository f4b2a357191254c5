import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hasErrors } from '#mesh/diagnostic.ts';
import { Caller } from '#mesh/run/testing/calls.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let alice: Caller;
let bob: Caller;
let stranger: Caller;

beforeAll(async () => {
  mesh = await startMesh();
  expect((await mesh.apply(manifest('callers.yaml'))).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  [alice, bob, stranger] = await Promise.all([
    Caller.of(mesh, 'alice'),
    Caller.of(mesh, 'bob'),
    Caller.of(mesh, 'stranger'),
  ]);
});
afterAll(() => mesh.end());

afterEach(async () => {
  const names = (await mesh.client.objects({ kind: 'AuthorizationPolicy' })).map(({ metadata }) => metadata);
  const objects = names.map(({ name, namespace = '' }) => ({ kind: 'AuthorizationPolicy', name, namespace }));
  await mesh.client.delete({ objects, namespace: 'default' });
});

/** Applies a policy for the pods of one app, in the words of its spec. */
async function policy(name: string, spec: string, { app = 'web' } = {}): Promise<void> {
  const { diagnostics } = await mesh.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${app}}}
  ${spec.trim().replaceAll('\n', '\n  ')}
`);
  expect(hasErrors(diagnostics)).toBe(false);
}

const web = { url: 'http://web/' };
const principal = (account: string) => `cluster.local/ns/default/sa/${account}`;

/** The policy's counters at the pod that is called. */
async function counters(app: string, filter: string): Promise<Readonly<Record<string, number>>> {
  const { pods } = await mesh.client.overview();
  const url = pods.find(({ name }) => name.startsWith(`${app}-`))?.adminUrl;
  const text = await (await fetch(`${url}/stats?filter=${filter}`)).text();
  const lines = text.trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(': ')[0], Number(line.split(': ')[1])]));
}

test('without policies everybody may do everything; one that allows nothing refuses all', async () => {
  expect(await alice.call(web)).toEqual({ status: 200, text: 'web' });
  expect(await stranger.status(web)).toBe(200);
  await mesh.apply(
    'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: nothing}\nspec: {}\n',
  );
  expect(await alice.call(web)).toEqual({ status: 403, text: 'RBAC: access denied' });
  expect(await stranger.status(web)).toBe(403);
  await policy('everything', 'rules: [{}]');
  expect(await alice.status(web)).toBe(200);
});

test('a service account may, another and a caller in plain text may not', async () => {
  const before = await counters('web', 'rbac');
  await policy('by-account', `rules: [{from: [{source: {principals: [${principal('alice')}]}}]}]`);
  expect(await alice.status(web)).toBe(200);
  expect(await bob.status(web)).toBe(403);
  expect(await stranger.status(web)).toBe(403);
  const after = await counters('web', 'rbac');
  const added = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
  expect(added('http.inbound_0.0.0.0_8080;.rbac.allowed')).toBe(1);
  expect(added('http.inbound_0.0.0.0_8080;.rbac.denied')).toBe(2);
});

test.each([
  ['serviceAccounts: [alice]', [200, 403, 403]],
  ['serviceAccounts: [default/bob]', [403, 200, 403]],
  ['namespaces: [default]', [200, 200, 403]],
  ['namespaces: [prod-*], notPrincipals: ["x"]', [403, 403, 403]],
  ['notPrincipals: ["*"]', [403, 403, 200]],
  ['principals: ["*/sa/bob"]', [403, 200, 403]],
  ['ipBlocks: [127.0.0.0/8]', [200, 200, 200]],
  ['notIpBlocks: [127.0.0.1]', [403, 403, 403]],
] as const)('source %s', async (source, expected) => {
  await mesh.apply(
    `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: source}\nspec: {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {${source}}}]}]}\n`,
  );
  expect([await alice.status(web), await bob.status(web), await stranger.status(web)]).toEqual(expected);
});

test('methods, paths, templates, ports and hosts', async () => {
  await policy(
    'operations',
    `rules:
- to:
  - operation: {methods: [GET], paths: [/exact, /prefix/*, "*.html", "/v1/{*}/id", "/deep/{**}"]}
  - operation: {methods: [POST], ports: ["8080"], hosts: ["WEB"]}
  - operation: {methods: [PUT], ports: ["80"]}`,
  );
  const get = (path: string) => alice.status({ url: `http://web${path}` });
  const paths = ['/exact', '/prefix/x', '/a/b.html', '/v1/x/id', '/deep/a/b', '/exact?query=1'];
  for (const path of paths) expect([path, await get(path)]).toEqual([path, 200]);
  for (const path of ['/', '/exact/', '/prefix', '/v1/x/y/id']) {
    expect([path, await get(path)]).toEqual([path, 403]);
  }
  expect(await alice.status({ url: 'http://web/any', method: 'POST' })).toBe(200);
  // Policies name the pod's port, and 80 is the Service's.
  expect(await alice.status({ url: 'http://web/any', method: 'PUT' })).toBe(403);
});

test('conditions on headers', async () => {
  await policy('header', `rules: [{when: [{key: "request.headers[x-user]", values: [jason, "j*"]}]}]`);
  expect(await alice.status({ ...web, headers: { 'x-user': 'jason' } })).toBe(200);
  expect(await alice.status({ ...web, headers: { 'x-user': 'bob' } })).toBe(403);
  expect(await alice.status(web)).toBe(403);
});

test('DENY wins over ALLOW, and a policy of the root namespace holds everywhere', async () => {
  await policy('everything', 'rules: [{}]');
  await policy('no-admin', 'action: DENY\nrules: [{to: [{operation: {paths: [/admin*]}}]}]');
  expect(await alice.status(web)).toBe(200);
  expect(await alice.status({ url: 'http://web/admin/x' })).toBe(403);
  const { diagnostics } = await mesh.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: root, namespace: istio-system}
spec: {action: DENY, rules: [{to: [{operation: {methods: [DELETE], ports: ["8080"]}}]}]}
`);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(await alice.status({ ...web, method: 'DELETE' })).toBe(403);
});

test('a dry run only counts', async () => {
  await mesh.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: dry, annotations: {istio.io/dry-run: "true"}}
spec: {selector: {matchLabels: {app: web}}, action: DENY, rules: [{}]}
`);
  expect(await alice.status(web)).toBe(200);
  const counted = await counters('web', 'istio_dry_run_deny_.shadow_denied');
  expect(Object.values(counted)).toEqual([1]);
});

test('a TCP port: accounts decide, and what only a request has does not', async () => {
  expect(await alice.overTunnel('raw:9000')).toBe('raw');
  const raw = { app: 'raw' };
  await policy(
    'raw',
    `rules: [{from: [{source: {principals: [${principal('alice')}]}}], to: [{operation: {ports: ["8080"]}}]}]`,
    raw,
  );
  expect(await alice.overTunnel('raw:9000')).toBe('raw');
  expect(await bob.overTunnel('raw:9000')).toBe('');
  await policy('raw', `rules: [{to: [{operation: {methods: [GET]}}]}]`, raw);
  expect(await alice.overTunnel('raw:9000')).toBe('');
});

test('the gateway refuses by its own policies, and later applies still reach it', async () => {
  expect((await mesh.get('/')).status).toBe(200);
  const gateway = (paths: string) => `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: gateway, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  rules: [{to: [{operation: {paths: [${paths}], ports: ["8080"]}}]}]
`;
  expect((await mesh.apply(gateway('/open'))).diagnostics).toEqual([]);
  expect(await mesh.get('/')).toEqual({ status: 403, text: 'RBAC: access denied' });
  expect((await mesh.get('/open')).status).toBe(200);
  expect((await mesh.apply(gateway('/open, /'))).diagnostics).toEqual([]);
  expect((await mesh.get('/')).status).toBe(200);
});
