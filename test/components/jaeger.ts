import { type Component, missing, program } from '#test/components/component.ts';
import { startServer } from '#test/components/server-process.ts';
import { freePorts } from '#test/free-ports.ts';

const command = program('jaeger-all-in-one', 'JAEGER');

export const jaeger: Component = {
  name: 'Jaeger',
  isThere: command !== undefined,
  fix: 'put jaeger-all-in-one (https://www.jaegertracing.io/download/) on PATH, or name it in JAEGER',
};

/** A span as Jaeger's query API gives it. */
export interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly processID: string;
  /** Microseconds. */
  readonly startTime: number;
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

export interface JaegerTrace {
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

export interface Jaeger {
  readonly zipkinUrl: string;
  /** Takes batches in Thrift: `POST /api/traces?format=jaeger.thrift`. */
  readonly collectorUrl: string;
  /** Where an agent hands on what it has received. */
  readonly grpcAddress: string;
  trace(id: string): Promise<JaegerTrace | undefined>;
  close(): Promise<void>;
}

/** A real Jaeger, everything in one process and in memory. */
export async function startJaeger(): Promise<Jaeger> {
  if (command === undefined) throw missing(jaeger);
  const [query, queryGrpc, admin, zipkin, collector, grpc, otlpGrpc, otlp] = await freePorts(8);
  const at = (flag: string, port: number | undefined) => `--${flag}.host-port=127.0.0.1:${port}`;
  const url = `http://127.0.0.1:${query}`;
  const close = await startServer({
    command,
    args: [
      at('query.http-server', query),
      at('query.grpc-server', queryGrpc),
      at('admin.http', admin),
      at('collector.zipkin', zipkin),
      at('collector.http-server', collector),
      at('collector.grpc-server', grpc),
      at('collector.otlp.grpc', otlpGrpc),
      at('collector.otlp.http', otlp),
    ],
    readyUrl: `http://127.0.0.1:${admin}/`,
  });
  return {
    zipkinUrl: `http://127.0.0.1:${zipkin}`,
    collectorUrl: `http://127.0.0.1:${collector}`,
    grpcAddress: `127.0.0.1:${grpc}`,
    close,
    async trace(id) {
      const response = await fetch(`${url}/api/traces/${id}`);
      if (!response.ok) return undefined;
      return ((await response.json()) as { data: JaegerTrace[] }).data[0];
    },
  };
}
