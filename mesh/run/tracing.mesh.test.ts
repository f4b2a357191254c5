import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChainMesh, startChain } from '#mesh/run/testing/chain-mesh.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type SunkSpan, startZipkinSink, type ZipkinSink } from '#mesh/run/testing/zipkin-sink.ts';

let chain: ChainMesh;
let sink: ZipkinSink;

beforeAll(async () => {
  sink = await startZipkinSink();
  chain = await startChain({ ZIPKIN_URL: sink.url, TRACES_PORT: '' });
});

afterAll(async () => {
  await chain.mesh.end();
  sink.close();
});

describe('spans', () => {
  it('of one request are one trace, from the gateway to the last hop', async () => {
    const trace = await traceOf({ 'x-dev-user': 'super-secret' }, { status: 200, spans: 11 });
    const roots = orphans(trace);
    expect(roots).toHaveLength(1);
    expect(wayFrom(roots[0], trace)).toEqual([
      'istio-ingressgateway.istio-system outbound|80||frontend.default.svc.cluster.local',
      'frontend.default inbound|3000||',
      'frontend.default outbound|80|canary|middleware.default.svc.cluster.local',
      'middleware.default inbound|3000||',
      'middleware.default outbound|80||backend.default.svc.cluster.local',
      'backend.default inbound|3000||',
      'backend.default outbound|80||time.jsontest.com',
    ]);
  });

  it("carry Istio's tags, and those of a Telemetry", async () => {
    await chain.mesh.apply(readFileSync('istio/chain/telemetry.yaml', 'utf8'), 'telemetry.yaml');
    // Connections that were there before keep the tags they had.
    const frontend = await eventually(tagsOfFrontend, (tags) => tags['dev-user'] === 'super-secret');
    expect(frontend).toMatchObject({
      'istio.canonical_service': 'frontend',
      'istio.canonical_revision': 'prod',
      'istio.namespace': 'default',
      'istio.mesh_id': 'cluster.local',
    });
    await chain.mesh.client.delete({
      objects: [{ kind: 'Telemetry', name: 'default', namespace: 'default' }],
      namespace: 'default',
    });
  });

  it('show each retry as an attempt of its own', async () => {
    // A root and three attempts at the gateway, and what each of them met at frontend.
    const trace = await traceOf({ fail: '1' }, { status: 500, spans: 7 });
    const [root] = orphans(trace);
    const attempts = childrenOf(root, trace);
    expect(
      attempts.map(({ kind, tags }) => [kind, tags?.['retry.count'], tags?.['http.status_code']]),
    ).toEqual([
      ['CLIENT', undefined, '500'],
      ['CLIENT', '1', '500'],
      ['CLIENT', '2', '500'],
    ]);
    for (const attempt of attempts) {
      const [server, ...others] = childrenOf(attempt, trace);
      expect(others).toEqual([]);
      expect(server?.localEndpoint.serviceName).toBe('frontend.default');
    }
  });
});

async function tagsOfFrontend(): Promise<Readonly<Record<string, string>>> {
  const trace = await traceOf({ 'x-dev-user': 'super-secret' }, { status: 200, spans: 11 });
  const own = ({ kind, localEndpoint }: SunkSpan) =>
    kind === 'SERVER' && localEndpoint.serviceName === 'frontend.default';
  return trace.find(own)?.tags ?? {};
}

/** The trace of a request, as soon as it has so many spans and each span's parent. */
async function traceOf(
  headers: Readonly<Record<string, string>>,
  { status, spans: least }: { readonly status: number; readonly spans: number },
): Promise<SunkSpan[]> {
  const trace = randomBytes(16).toString('hex');
  const caller = randomBytes(8).toString('hex');
  const b3 = { 'x-b3-traceid': trace, 'x-b3-spanid': caller, 'x-b3-sampled': '1' };
  expect(await chain.send({ ...headers, ...b3 })).toBe(status);
  const spans = () => sink.spans.filter(({ traceId }) => traceId === trace);
  const isWhole = (found: readonly SunkSpan[]) =>
    found.length >= least && orphans(found).every(({ parentId }) => parentId === caller);
  return [...(await eventually(spans, isWhole))];
}

/** Spans whose parent is missing; the first one's is the caller, who reports nothing. */
function orphans(trace: readonly SunkSpan[]): SunkSpan[] {
  const ids = new Set(trace.map(({ id }) => id));
  return trace.filter(({ parentId }) => parentId === undefined || !ids.has(parentId));
}

function childrenOf(parent: SunkSpan | undefined, trace: readonly SunkSpan[]): SunkSpan[] {
  return trace.filter(({ parentId }) => parentId === parent?.id).sort((a, b) => a.timestamp - b.timestamp);
}

/** What a span and those below it did, without the attempts between them. */
function wayFrom(span: SunkSpan | undefined, trace: readonly SunkSpan[]): string[] {
  if (!span) return [];
  const own = `${span.localEndpoint.serviceName} ${span.tags?.['upstream_cluster']}`;
  const below = childrenOf(span, trace).flatMap((child) => wayFrom(child, trace));
  return span.kind === 'CLIENT' ? below : [own, ...below];
}
