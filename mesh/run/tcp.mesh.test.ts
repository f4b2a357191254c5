import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { parseSamples } from '#mesh/telemetry/metrics/exposition.ts';

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh();
  expect((await mesh.apply(manifest('tcp.yaml'))).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  await eventually(
    () => askedBy('inside', 'lines:9000'),
    (answer) => /one|two/.test(answer),
  );
});
afterAll(() => mesh.end());

const STRICT = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
`;

/** TCP rules for the gateway and for sidecars. */
function routes({ gateway, sidecars }: { gateway: string; sidecars?: string }): string {
  const rule = (name: string, gateways: string, tcp: string) => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [${gateways === 'mesh' ? 'lines' : '"*"'}]
  gateways: [${gateways}]
  tcp: [${tcp}]
`;
  return rule('lines', 'ingress', gateway) + (sidecars ? rule('lines-inside', 'mesh', sidecars) : '');
}

const to = (...destinations: string[]) => `{match: [{port: 31400}], route: [${destinations.join(', ')}]}`;
const subset = (name: string, weight = 100) =>
  `{destination: {host: lines, port: {number: 9000}, subset: ${name}}, weight: ${weight}}`;

async function apply(text: string): Promise<void> {
  expect((await mesh.apply(text, 'routes.yaml')).diagnostics).toEqual([]);
}

describe('TCP through the gateway', () => {
  it('has no listener before a rule says where it leads, then one at a port that is shown', async () => {
    await expect(throughGateway('hello')).rejects.toThrow('ECONNREFUSED');
    await apply(routes({ gateway: to(subset('v1')) }));
    expect(await throughGateway('hello')).toBe('one hello');
  });

  it('reaches a program behind STRICT mutual TLS, all of it by the rule', async () => {
    await apply(STRICT);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => throughGateway(`${i}`)));
    expect(answers).toEqual(answers.map((_, i) => `one ${i}`));
    // Plain text, which the program's own port would take, is refused at its sidecar's.
    expect(await askedBy('outside', 'lines:9000')).toMatch(/ECONNRESET|closed/);
  });

  it('is split by weights among the destinations that have one, and no others', async () => {
    await apply(routes({ gateway: to(subset('v1', 80), subset('v2', 20)) }));
    const seen: string[] = [];
    await eventually(
      async () => seen.push(await throughGateway('x')),
      () => seen.includes('one x') && seen.includes('two x'),
    );
    expect([...new Set(seen)].sort()).toEqual(['one x', 'two x']);
    await apply(routes({ gateway: to(subset('v1', 0), subset('v2', 100)) }));
    expect(await throughGateway('y')).toBe('two y');
  });

  it('is counted as connections by both sidecars, as Istio counts them', async () => {
    const found = await eventually(
      async () => (await samples()).filter(({ labels }) => labels['destination_service_name'] === 'lines'),
      (list) => list.some(({ name }) => name === 'istio_tcp_connections_closed_total'),
    );
    const reports = found.filter(({ name }) => name === 'istio_tcp_connections_opened_total');
    const from = (reporter: string) => reports.filter(({ labels }) => labels['reporter'] === reporter);
    expect(from('source').map(({ labels }) => labels['source_workload'])).toContain('istio-ingressgateway');
    expect(from('destination').map(({ labels }) => labels['connection_security_policy'])).toContain(
      'mutual_tls',
    );
  });
});

describe("a program's own TCP", () => {
  it('goes through its sidecar by every name of the service, as HOST_MAP tells it', async () => {
    await apply(routes({ gateway: to(subset('v1')), sidecars: `{route: [${subset('v2')}]}` }));
    const told = await askedBy('inside', '', '/told');
    const all = told.split(',').map((pair) => pair.split('=')[0] ?? '');
    // The installed gateway's Service has ports for connections, too.
    const addresses = all.filter((address) => address.endsWith(':9000'));
    expect(addresses.slice(0, 4)).toEqual([
      'lines.default.svc.cluster.local:9000',
      'lines:9000',
      'lines.default:9000',
      'lines.default.svc:9000',
    ]);
    expect(addresses[4]).toMatch(/^10\.\d+\.\d+\.\d+:9000$/);
    for (const address of addresses) expect(await askedBy('inside', address)).toBe('two hello\n');
  });

  it('follows rules for callers with its labels, and no others', async () => {
    const rules = (app: string) =>
      `{match: [{sourceLabels: {app: ${app}}}], route: [${subset('v2')}]}, {route: [${subset('v1')}]}`;
    await apply(routes({ gateway: to(subset('v1')), sidecars: rules('client') }));
    expect(await askedBy('inside', 'lines:9000')).toBe('two hello\n');
    await apply(routes({ gateway: to(subset('v1')), sidecars: rules('somebody') }));
    expect(await askedBy('inside', 'lines:9000')).toBe('one hello\n');
  });

  it('follows a TCPRoute whose parent is the Service, as long as it is there', async () => {
    await apply(routes({ gateway: to(subset('v1')), sidecars: `{route: [${subset('v1')}]}` }));
    await apply(`
apiVersion: v1
kind: Service
metadata: {name: lines-two}
spec: {selector: {app: lines, version: v2}, ports: [{name: tcp, port: 9000}]}
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: lines}
spec:
  parentRefs: [{group: "", kind: Service, name: lines, port: 9000}]
  rules: [{backendRefs: [{name: lines-two, port: 9000}]}]
`);
    expect(await askedBy('inside', 'lines:9000')).toBe('two hello\n');
    await mesh.kube.delete('tcproutes.gateway.networking.k8s.io', 'lines');
    expect(await askedBy('inside', 'lines:9000')).toBe('one hello\n');
  });

  it('goes on while other pods come, and kubectl exec knows services that came later', async () => {
    const socket = await connected();
    await apply(`
apiVersion: v1
kind: Service
metadata: {name: late}
spec: {ports: [{name: redis, port: 6379}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: lines-v1}
spec:
  replicas: 2
  selector: {matchLabels: {app: lines, version: v1}}
  template:
    metadata: {labels: {app: lines, version: v1}}
    spec:
      containers: [{name: peer, image: peer, env: [{name: SERVICE_NAME, value: one}], ports: [{containerPort: 9000}]}]
`);
    expect(await mesh.ready()).toBe('ready');
    socket.write('still');
    expect(String(((await once(socket, 'data')) as [Buffer])[0])).toBe('one still');
    socket.destroy();
    const pod = await podOf('client-');
    const { env } = await mesh.client.execTarget({ name: pod, namespace: 'default' });
    expect(env['HOST_MAP']).toMatch(/(^|,)late:6379=127\.0\.0\.1:\d+/);
    expect(await askedBy('inside', '', '/told')).not.toContain('late');
  });

  it('goes straight to the pods from a pod without sidecar', async () => {
    await mesh.client.delete({
      namespace: 'default',
      objects: [{ kind: 'PeerAuthentication', name: 'strict', namespace: 'default' }],
    });
    const seen: string[] = [];
    await eventually(
      async () => seen.push(await askedBy('outside', 'lines:9000')),
      () => seen.includes('one hello\n') && seen.includes('two hello\n'),
    );
  });
});

/** What the program of a pod got, through the gateway's HTTP port. */
async function askedBy(from: 'inside' | 'outside', to: string, path = '/ask'): Promise<string> {
  const response = await fetch(`${mesh.gatewayUrl}${path}?to=${to}&line=hello`, { headers: { from } });
  return response.text();
}

async function throughGateway(line: string): Promise<string> {
  const socket = await connected();
  socket.write(line);
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return String(data);
}

async function connected(): Promise<Socket> {
  const { urls } = await mesh.client.overview();
  const url = urls.find(({ name }) => name === 'gateway port 31400')?.url ?? '';
  expect(url).toMatch(/^tcp:\/\/localhost:\d+$/);
  const socket = connect(Number(url.split(':').at(-1)), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function podOf(prefix: string): Promise<string> {
  const names = (await mesh.pods()).map(({ metadata }) => metadata.name);
  return names.find((name) => name.startsWith(prefix)) ?? '';
}

async function samples() {
  const { metricsUrl = '' } = await mesh.client.overview();
  return parseSamples(await (await fetch(metricsUrl)).text());
}
