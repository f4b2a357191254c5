import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChainMesh, startChain } from '#mesh/run/testing/chain-mesh.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { parseSamples, type Sample } from '#mesh/telemetry/metrics/exposition.ts';

/** A program of whose port the mesh knows nothing but bytes. */
const TCP = `
apiVersion: v1
kind: Service
metadata: {name: bytes}
spec:
  selector: {app: bytes}
  ports: [{name: tcp, port: 9000, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bytes}
spec:
  selector: {matchLabels: {app: bytes}}
  template:
    metadata: {labels: {app: bytes}}
    spec: {containers: [{name: echo, image: echo, ports: [{containerPort: 8080}]}]}
`;

let mesh: ChainMesh['mesh'];
let send: ChainMesh['send'];

beforeAll(async () => {
  ({ mesh, send } = await startChain());
});

afterAll(() => mesh.end());

describe('metrics', () => {
  it('count every request on both sides, with the labels of Istio', async () => {
    const before = await samples();
    for (let count = 0; count < 4; count += 1) expect(await send()).toBe(200);
    for (let count = 0; count < 2; count += 1) expect(await send({ 'x-dev-user': 'super-secret' })).toBe(200);
    expect(await send({ fail: '1' })).toBe(500);
    const requests = async () => growth(before, await samples(), 'istio_requests_total');
    const settled = (counts: Readonly<Record<string, number>>) => total(counts) >= 46;
    expect(await eventually(requests, settled)).toEqual({
      'source istio-ingressgateway→frontend-prod 200 - unknown': 6,
      'source istio-ingressgateway→frontend-prod 500 URX unknown': 1,
      'destination istio-ingressgateway→frontend-prod 200 - mutual_tls': 6,
      'destination istio-ingressgateway→frontend-prod 500 - mutual_tls': 3,
      'source frontend-prod→middleware-prod 200 - unknown': 4,
      'destination frontend-prod→middleware-prod 200 - mutual_tls': 4,
      'source frontend-prod→middleware-canary 200 - unknown': 2,
      'destination frontend-prod→middleware-canary 200 - mutual_tls': 2,
      'source middleware-prod→backend-prod 200 - unknown': 4,
      'destination middleware-prod→backend-prod 200 - mutual_tls': 4,
      'source middleware-canary→backend-prod 200 - unknown': 2,
      'destination middleware-canary→backend-prod 200 - mutual_tls': 2,
      'source backend-prod→unknown 200 - unknown': 6,
    });
    const perRequest = async () => {
      const all = await samples();
      const count = (metric: string) => growth([], all, metric);
      return {
        requests: count('istio_requests_total'),
        durations: count('istio_request_duration_milliseconds_count'),
        sizes: count('istio_response_bytes_count'),
      };
    };
    // Envoy merges histograms once a second.
    const merged = await eventually(perRequest, (all) => total(all.sizes) >= total(all.requests));
    expect(merged.durations).toEqual(merged.requests);
    expect(merged.sizes).toEqual(merged.requests);
  });

  it('count connections and bytes where the mesh reads no requests', async () => {
    expect((await mesh.apply(TCP, 'tcp.yaml')).diagnostics).toEqual([]);
    expect(await mesh.ready()).toBe('ready');
    const [pod] = await mesh.client.objects({ kind: 'Pod', labelSelector: 'app=bytes' });
    await sendThrough(pod?.metadata.name ?? '', 'bytes:9000', 'GET / HTTP/1.0\r\n\r\n');
    const counts = async () =>
      Object.fromEntries(
        (await samples())
          .filter(({ labels }) => labels['destination_service_name'] === 'bytes')
          .map(({ name, labels, value }) => [`${labels['reporter']} ${name}`, value]),
      );
    const counted = await eventually(counts, (found) => Object.keys(found).length >= 8);
    for (const reporter of ['source', 'destination']) {
      expect(counted).toMatchObject({
        [`${reporter} istio_tcp_connections_opened_total`]: 1,
        [`${reporter} istio_tcp_connections_closed_total`]: 1,
        [`${reporter} istio_tcp_received_bytes_total`]: 18,
      });
      expect(counted[`${reporter} istio_tcp_sent_bytes_total`]).toBeGreaterThan(0);
    }
  });

  it('name both ends of a request', async () => {
    expect(await send()).toBe(200);
    const reports = (await samples()).filter(
      ({ name, labels }) =>
        name === 'istio_requests_total' &&
        labels['reporter'] === 'destination' &&
        labels['destination_workload'] === 'middleware-prod',
    );
    expect(reports[0]?.labels).toMatchObject({
      source_workload: 'frontend-prod',
      source_workload_namespace: 'default',
      source_principal: 'spiffe://cluster.local/ns/default/sa/frontend',
      source_app: 'frontend',
      source_version: 'prod',
      source_canonical_service: 'frontend',
      source_canonical_revision: 'prod',
      destination_workload_namespace: 'default',
      destination_principal: 'spiffe://cluster.local/ns/default/sa/middleware',
      destination_app: 'middleware',
      destination_version: 'prod',
      destination_service: 'middleware.default.svc.cluster.local',
      destination_service_name: 'middleware',
      destination_service_namespace: 'default',
      request_protocol: 'http',
      app: 'middleware',
      version: 'prod',
      namespace: 'default',
    });
  });
});

/** Bytes through the pod's sidecar, the way a program's TCP connections take on the laptop. Waits for the end. */
async function sendThrough(pod: string, authority: string, bytes: string): Promise<void> {
  const { env } = await mesh.client.execTarget({ name: pod, namespace: 'default' });
  const { port } = new URL(env['HTTP_PROXY'] ?? '');
  const call = request({ port, method: 'CONNECT', path: authority }).end();
  const [, socket] = (await once(call, 'connect')) as [unknown, Socket];
  socket.write(bytes);
  socket.resume();
  await once(socket, 'close');
}

async function samples(): Promise<Sample[]> {
  const { metricsUrl = '' } = await mesh.client.overview();
  return parseSamples(await (await fetch(metricsUrl)).text());
}

/** How much each report of a metric has grown, by who reports what of whom. */
function growth(before: readonly Sample[], after: readonly Sample[], metric: string): Record<string, number> {
  const sums = (list: readonly Sample[]) => {
    const found: Record<string, number> = {};
    for (const { name, labels, value } of list) {
      const { reporter, source_workload: from, destination_workload: to, response_code: code } = labels;
      const { response_flags: flags, connection_security_policy: security } = labels;
      const key = `${reporter} ${from}→${to} ${code} ${flags} ${security}`;
      if (name === metric) found[key] = (found[key] ?? 0) + value;
    }
    return found;
  };
  const earlier = sums(before);
  return Object.fromEntries(
    Object.entries(sums(after)).flatMap(([key, value]) => {
      const grown = value - (earlier[key] ?? 0);
      return grown > 0 ? [[key, grown] as const] : [];
    }),
  );
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}
