import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveGraph } from '#mesh/console/graph/live-graph.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FILES = [
  'k8s/chain.yaml',
  ...['ingress', 'egress', 'destinationrules'].map((name) => `istio/chain/${name}.yaml`),
];

/** The chain with rules for the middleware. */
function meshWith(rules: string): Mesh {
  const files = FILES.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
  const text = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: middleware}
spec: {hosts: [middleware], http: [${rules}]}
`;
  const options = { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' } as const;
  return imaginaryMesh([...files, { file: 'rules.yaml', text }], options).mesh;
}

const to = (subset: string, weight?: number) =>
  `{destination: {host: middleware, subset: ${subset}}${weight === undefined ? '' : `, weight: ${weight}`}}`;

const PROD = meshWith(`{route: [${to('prod')}]}`);
const SPLIT = meshWith(`{route: [${to('prod', 80)}, ${to('canary', 20)}]}`);

interface Count {
  readonly to: string;
  readonly code?: number;
  readonly reporter?: 'source' | 'destination';
  readonly flags?: string;
}

/** A line as an Envoy of the frontend writes it. */
function line({ to: workload, code = 200, reporter = 'source', flags = '-' }: Count, value: number): string {
  const labels = {
    ...{ reporter, source_workload: 'frontend-prod', source_workload_namespace: 'default' },
    ...{ destination_workload: workload, destination_workload_namespace: workload && 'default' },
    destination_service: 'middleware.default.svc.cluster.local',
    ...{ response_flags: flags, response_code: code },
    connection_security_policy: reporter === 'source' ? '' : 'mutual_tls',
  };
  const text = Object.entries(labels).map(([name, content]) => `${name}="${content}"`);
  return `envoy_istio_requests_total{${text.join(',')}} ${value}`;
}

let folder: string;
let socketPath: string;
let shown = '';
let asked = 0;
const server = createServer((_request, response) => {
  asked += 1;
  response.end(shown);
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-graph-'));
  socketPath = join(folder, 'envoy.sock');
  server.listen(socketPath);
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true });
});

function graphOf(mesh: Mesh) {
  const world = { mesh, now: 1_000_000 };
  const graph = new LiveGraph({
    mesh: () => world.mesh,
    envoys: () => [{ name: 'frontend-prod-1.default', socketPath }],
    now: () => world.now,
  });
  const look = async (text: string, after = 1000) => {
    shown = text;
    world.now += after;
    await graph.look();
    return graph.state();
  };
  const way = (end: string) =>
    graph.state().edges.find(({ from, to: target }) => from === 'frontend-prod.default' && target === end);
  return {
    world,
    graph,
    look,
    prod: () => way('middleware-prod.default'),
    canary: () => way('middleware-canary.default'),
  };
}

describe('the graph', () => {
  it('has gateways and the ways that they rule before anything has been asked', () => {
    const { graph } = graphOf(PROD);
    const { nodes, edges } = graph.state();
    expect(nodes.map(({ id, kind }) => `${kind} ${id}`)).toContain(
      'gateway istio-ingressgateway.istio-system',
    );
    expect(nodes.filter(({ app }) => app === 'middleware').map(({ version }) => version)).toEqual([
      'canary',
      'prod',
    ]);
    expect(edges.map(({ id, ruled }) => [id, ruled])).toEqual([
      ['istio-ingressgateway.istio-system → frontend-prod.default', 100],
    ]);
  });

  it('counts what comes between two looks, not what had come before', async () => {
    const { look, prod } = graphOf(PROD);
    await look(line({ to: 'middleware-prod' }, 500));
    expect(prod()).toMatchObject({ rate: 0, total: 500, ruled: 100 });
    await look(line({ to: 'middleware-prod' }, 510));
    expect(prod()).toMatchObject({ rate: 10, errors: 0, total: 510, measured: 100 });
  });

  it('goes on counting when an Envoy begins anew', async () => {
    const { look, prod } = graphOf(PROD);
    await look(line({ to: 'middleware-prod' }, 500));
    await look(line({ to: 'middleware-prod' }, 8));
    expect(prod()).toMatchObject({ rate: 8, total: 508 });
  });

  it('shows which part failed, and how Envoy calls it', async () => {
    const { look, prod } = graphOf(PROD);
    await look('');
    const failed = line({ to: 'middleware-prod', code: 503, flags: 'UO' }, 3);
    await look([line({ to: 'middleware-prod' }, 9), failed].join('\n'));
    expect(prod()).toMatchObject({ rate: 12, errors: 0.25, flags: { UO: 3 }, codes: { 200: 9, 503: 3 } });
  });

  it('tells how long requests took as parts of a histogram, and how many bytes went over connections', async () => {
    const { look, prod } = graphOf(PROD);
    const counted = (name: string, value: number, label = '') =>
      line({ to: 'middleware-prod' }, value)
        .replace('istio_requests_total', `istio_${name}`)
        .replace('{', `{${label}`);
    const took = (bound: string, value: number) =>
      counted('request_duration_milliseconds_bucket', value, `le="${bound}",`);
    const text = (more: number) =>
      [
        ...[took('1', 5), took('5', 5 + more), took('10', 5 + more), took('+Inf', 6 + more)],
        ...[counted('tcp_sent_bytes_total', 100 * more), counted('tcp_received_bytes_total', 10 * more)],
        line({ to: 'middleware-prod' }, 6 + more),
      ].join('\n');
    await look(text(0));
    await look(text(4));
    expect(prod()).toMatchObject({ times: [[1, 5, 4]], sentBytes: 400, receivedBytes: 40 });
  });

  it('locks a way on which the answering side has seen mutual TLS', async () => {
    const { look, prod } = graphOf(PROD);
    await look(line({ to: 'middleware-prod' }, 1));
    expect(prod()).not.toHaveProperty('secured');
    await look(
      [line({ to: 'middleware-prod' }, 1), line({ to: 'middleware-prod', reporter: 'destination' }, 1)].join(
        '\n',
      ),
    );
    expect(prod()).toMatchObject({ secured: true, total: 1 });
  });

  it('compares shares as ruled with those since the change of the rules', async () => {
    const { world, look, prod, canary, graph } = graphOf(PROD);
    await look(line({ to: 'middleware-prod' }, 0));
    await look(line({ to: 'middleware-prod' }, 100));
    expect(canary()).toBeUndefined();
    world.mesh = SPLIT;
    expect(graph.isChanged).toBe(true);
    expect(graph.state().edges.find(({ ruled }) => ruled === 20)?.to).toBe('middleware-canary.default');
    await look([line({ to: 'middleware-prod' }, 107), line({ to: 'middleware-canary' }, 3)].join('\n'));
    expect([prod()?.ruled, prod()?.measured]).toEqual([80, 70]);
    expect([canary()?.ruled, canary()?.measured]).toEqual([20, 30]);
  });

  it('names conditions, faults, time-outs, retries, copies and limits, with the object that rules them', async () => {
    const { look, canary, prod } = graphOf(
      meshWith(
        `{match: [{headers: {x-user: {exact: me}}}], timeout: 2s, route: [${to('canary')}]}, ` +
          `{fault: {abort: {httpStatus: 418, percentage: {value: 5}}}, retries: {attempts: 4, retryOn: 5xx}, ` +
          `mirror: {host: middleware, subset: canary}, route: [${to('prod')}]}`,
      ),
    );
    await look(line({ to: 'middleware-prod' }, 1));
    expect(canary()?.conditions).toEqual([{ when: 'x-user is me', share: 100 }]);
    expect(
      canary()
        ?.marks.map(({ kind }) => kind)
        .sort(),
    ).toEqual(['mirror', 'timeout']);
    expect(prod()?.marks.map(({ text }) => text)).toEqual(['5 % are answered 418', 'up to 4 retries on 5xx']);
    expect(prod()?.origins).toEqual([
      // A file's objects have lines; those that came by the API have steps instead.
      { kind: 'VirtualService', namespace: 'default', name: 'middleware', steps: [] },
    ]);
  });

  it('shows a limit that is reached, endpoints that are put out, and retries', async () => {
    const { look, prod } = graphOf(PROD);
    const cluster = 'cluster_name="outbound|80|prod|middleware.default.svc.cluster.local;"';
    const state = (open: number, retries: number) =>
      [
        line({ to: 'middleware-prod' }, 1),
        `envoy_cluster_circuit_breakers_default_rq_pending_open{${cluster}} ${open}`,
        `envoy_cluster_outlier_detection_ejections_active{${cluster}} ${open}`,
        `envoy_cluster_upstream_rq_retry{${cluster}} ${retries}`,
      ].join('\n');
    await look(state(0, 2));
    expect(prod()).toMatchObject({ open: [], ejected: 0 });
    await look(state(1, 7));
    expect(prod()).toMatchObject({ open: ['rq_pending'], ejected: 1, retries: 5 });
  });

  it('shows where requests end that nobody took, for as long as they come', async () => {
    const { look, graph } = graphOf(SPLIT);
    const nowhere = () => graph.state().nodes.some(({ kind }) => kind === 'nowhere');
    await look(line({ to: '', code: 503 }, 0));
    await look(line({ to: '', code: 503 }, 4));
    expect(nowhere()).toBe(true);
    // What nobody took is no part of what is shared out.
    const end = graph.state().edges.find(({ to }) => to === 'nowhere');
    expect(end).not.toHaveProperty('measured');
    for (let second = 0; second < 8; second += 1) await look(line({ to: '', code: 503 }, 4));
    expect(nowhere()).toBe(false);
  });

  it('shows what a limit turned away at the box that it was meant for', async () => {
    const { look, prod } = graphOf(PROD);
    const turned = (count: number) => line({ to: '', code: 503, flags: 'UO' }, count);
    await look([line({ to: 'middleware-prod' }, 1), turned(0)].join('\n'));
    await look([line({ to: 'middleware-prod' }, 4), turned(1)].join('\n'));
    expect(prod()).toMatchObject({ rate: 4, errors: 0.25, flags: { UO: 1 }, measured: 100 });
  });

  it('forgets workloads that are gone', async () => {
    const { look, graph } = graphOf(PROD);
    await look([line({ to: 'middleware-prod' }, 1), line({ to: 'middleware-old' }, 5)].join('\n'));
    expect(graph.state().nodes.map(({ id }) => id)).not.toContain('middleware-old.default');
  });

  it('leaves out an Envoy that does not answer', async () => {
    const { graph } = graphOf(PROD);
    const before = asked;
    server.closeAllConnections();
    shown = line({ to: 'middleware-prod' }, 1);
    await graph.look();
    expect(asked).toBe(before + 1);
    rmSync(socketPath, { force: true });
    await graph.look();
    expect(graph.state().edges).not.toEqual([]);
  });
});
