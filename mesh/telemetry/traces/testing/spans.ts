import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCollectorServer } from '#mesh/telemetry/traces/server/collector-server.ts';
import type { Span } from '#mesh/telemetry/traces/span.ts';
import { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';

/** Microseconds since 1970 at which the traces of tests begin: 2026-01-01T12:00:00Z. */
export const start = 1_767_268_800_000_000;

export interface SpanFacts extends Partial<Omit<Span, 'timestamp'>> {
  readonly service?: string;
  /** Milliseconds after the start of the trace. */
  readonly at?: number;
  /** Milliseconds. */
  readonly takes?: number;
}

/** A span of which only what matters to a test is said. */
export function spanOf({ service = 'frontend', at = 0, takes = 10, ...facts }: SpanFacts = {}): Span {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    id: '00f067aa0ba902b7',
    name: 'get /',
    timestamp: start + at * 1000,
    duration: takes * 1000,
    localEndpoint: { serviceName: service },
    tags: {},
    annotations: [],
    ...facts,
  };
}

/** A client's span, two tries of which the first failed, and what the second one reached. */
export function retriedTrace(traceId = '0af7651916cd43dd8448eb211c80319c'): readonly Span[] {
  const upstream = { 'upstream_cluster.name': 'outbound|80||middleware' };
  const failed = { ...upstream, error: 'true', 'http.status_code': '503', response_flags: 'UF' };
  const served = { ...upstream, 'http.status_code': '200', response_flags: '-', 'retry.count': '1' };
  return [
    spanOf({
      traceId,
      id: '000000000000000a',
      kind: 'SERVER',
      takes: 100,
      tags: { 'http.status_code': '200' },
    }),
    spanOf({
      traceId,
      id: '000000000000000b',
      parentId: '000000000000000a',
      kind: 'CLIENT',
      at: 10,
      takes: 20,
      tags: failed,
    }),
    spanOf({
      traceId,
      id: '000000000000000c',
      parentId: '000000000000000a',
      kind: 'CLIENT',
      at: 50,
      takes: 40,
      tags: served,
    }),
    spanOf({
      traceId,
      id: '000000000000000d',
      parentId: '000000000000000c',
      kind: 'SERVER',
      at: 55,
      takes: 30,
      service: 'middleware',
    }),
  ];
}

export interface StartedCollector {
  readonly store: TraceStore;
  readonly origin: string;
  /** What the collector took for bugs of its own. */
  readonly bugs: readonly unknown[];
  close(): Promise<void>;
}

/** A collector in this process, at a free port; under another name a mesh takes it for a Zipkin. */
export async function startCollector(name?: string): Promise<StartedCollector> {
  const bugs: unknown[] = [];
  const store = new TraceStore();
  const server = createCollectorServer({ store, onBug: (error) => bugs.push(error), ...(name && { name }) });
  return { store, bugs, ...(await listening(server)) };
}

/** A server that gives every request the same answer. */
export function startServer(status: number, headers: Record<string, string> = {}, body = '') {
  return listening(createServer((_request, response) => response.writeHead(status, headers).end(body)));
}

async function listening(server: Server): Promise<{ origin: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}
