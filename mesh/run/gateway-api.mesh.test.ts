import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '#mesh/run/testing/eventually.ts';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { kubectlOf } from '#mesh/run/testing/mesh-kubectl.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { getLocal } from '#mesh/serve/get-local.ts';

const group = 'gateway.networking.k8s.io';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh();
  await mesh.apply(manifest('callers.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

function create(kind: string, text: string) {
  const body = { apiVersion: `${group}/v1`, ...parse(text) } as Draft;
  return mesh.kube.create(`${kind}.${group}`, body);
}

/** Where a Gateway's Envoy is, once it runs. */
async function place(name: string): Promise<{ readonly host: string; readonly port: number }> {
  interface Status {
    readonly addresses?: readonly { readonly value: string }[];
    readonly conditions?: readonly (Condition & { readonly message: string })[];
  }
  const read = async () => (await mesh.kube.get(`gateways.${group}`, name))['status'] as Status | undefined;
  const isRunning = (status: Status | undefined) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Programmed' && is === 'True') === true;
  const status = await eventually(read, isRunning);
  const moved = /port 80 is at [\d.]+:(\d+)/.exec(status?.conditions?.map((one) => one.message).join() ?? '');
  return { host: status?.addresses?.[0]?.value ?? '', port: Number(moved?.[1] ?? 80) };
}

/** `Accepted=True Accepted` of a route's first parent. */
async function conditions(kind: string, name: string): Promise<readonly string[]> {
  const route = await mesh.kube.get(`${kind}.${group}`, name);
  const { parents = [] } = (route['status'] ?? {}) as {
    readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
  };
  return (parents[0]?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

const gateway = (name: string) => `
kind: Gateway
metadata: {name: ${name}}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}`;

test('a Gateway has an Envoy, a Service and an address of its own, and its routes are followed when they are accepted', async () => {
  await create('gateways', gateway('shop'));
  await create('gateways', gateway('other'));
  const [shop, other] = [await place('shop'), await place('other')];
  expect(`${shop.host}:${shop.port}`).not.toBe(`${other.host}:${other.port}`);
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'shop' };
  expect(await mesh.kube.get('deployments.apps', 'shop-istio')).toMatchObject({ metadata: { labels } });
  expect(await mesh.kube.get('services', 'shop-istio')).toMatchObject({
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: [{ ip: shop.host }] } },
  });
  await create(
    'httproutes',
    `
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: shop}]
  rules:
    - matches: [{path: {value: /web}}]
      backendRefs: [{name: web, port: 80}]
    - matches: [{path: {value: /nobody}}]
      backendRefs: [{name: nobody, port: 80}]`,
  );
  const is = await eventually(
    () => conditions('httproutes', 'shop'),
    (found) => found.length > 0,
  );
  expect(is).toEqual(['Accepted=True Accepted', 'ResolvedRefs=False BackendNotFound']);
  const status = async (at: typeof shop, path: string) => (await getLocal({ ...at, path })).status;
  expect([await status(shop, '/web'), await status(shop, '/web/x')]).toEqual([200, 200]);
  expect([await status(shop, '/webber'), await status(shop, '/nobody'), await status(other, '/web')]).toEqual(
    [404, 500, 404],
  );
});

test('a mistake is a warning at the write and an Event until it is mended', async () => {
  const kubectl = kubectlOf(mesh);
  const route = (backend: string) => `
apiVersion: ${group}/v1
kind: HTTPRoute
metadata: {name: slip}
spec: {parentRefs: [{group: "", kind: Service, name: web, port: 80}], rules: [{backendRefs: [{name: ${backend}, port: 80}]}]}`;
  const events = async () => {
    const { out } = await kubectl.run('get', 'events', '--field-selector=involvedObject.name=slip');
    return out;
  };
  const applied = await kubectl.apply(route('wbe'));
  expect(applied).toMatchObject({
    code: 0,
    err: 'Warning: BackendNotFound: there is no Service default/wbe; its share of the requests is answered with 500\n',
  });
  const told = await eventually(events, (text) => text.includes('BackendNotFound'));
  expect(told).toMatch(/Warning +BackendNotFound +httproute\/slip +there is no Service default\/wbe/);
  expect(await kubectl.apply(route('web'))).toMatchObject({ code: 0, err: '' });
  await eventually(events, (text) => !text.includes('BackendNotFound'));
  await kubectl.run('delete', 'httproute', 'slip');
});

test("Gateway API's Gateway and Istio's of one name are two: the end of one leaves the other", async () => {
  await create('gateways', gateway('twin'));
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: twin}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}`);
  await place('twin');
  await mesh.kube.delete(`gateways.${group}`, 'twin');
  expect(await mesh.kube.get('gateways.networking.istio.io', 'twin')).toMatchObject({ kind: 'Gateway' });
  const left = () => mesh.kube.list('deployments.apps', `${group}/gateway-name=twin`);
  await eventually(left, (found) => found.length === 0);
});
