import { join } from 'node:path';
import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import type { Supervised } from '#mesh/run/process/supervised.ts';
import { pageOf, probeCollector, spansUrl } from '#mesh/run/traces/probe-collector.ts';
import { runCollector } from '#mesh/run/traces/run-collector.ts';
import { type TracesTarget, TracesTargetError } from '#mesh/run/traces/traces-target.ts';

/** Where the spans of a running mesh go, and where they are read. */
export interface Tracing {
  readonly collector: ZipkinCollector;
  readonly page: { readonly name: string; readonly url: string };
  /** Zipkin's query API, when it has one. */
  readonly api?: string;
  /** The embedded collector, which ends with the mesh; absent when another takes its place. */
  readonly embedded?: Supervised;
  /** For whom is not part of the mesh: where OTLP over HTTP is taken. */
  readonly otlp?: string;
}

export interface StartTracingOptions {
  readonly target: TracesTarget;
  readonly ports: Ports;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

const customary: ZipkinCollector = { host: '127.0.0.1', port: 9411, path: '/api/v2/spans' };

/**
 * Finds or starts the collector; undefined when nothing is to be traced.
 * @throws TracesTargetError when a server that is named takes no spans
 */
export async function startTracing(options: StartTracingOptions): Promise<Tracing | undefined> {
  const { target } = options;
  if (target === 'none') return undefined;
  if (target === 'embedded') return embedded(options);
  if (target === 'found') {
    const probe = await probeCollector(customary);
    return probe === 'takes spans' ? external(customary) : embedded(options);
  }
  const probe = await probeCollector(target);
  if (typeof probe === 'object') {
    throw new TracesTargetError(
      `nothing takes spans at ${spansUrl(target)} (${probe.reason}): start it, or leave it to the embedded collector (--traces-to embedded)`,
    );
  }
  return external(target);
}

async function embedded({ ports, directory, env }: StartTracingOptions): Promise<Tracing> {
  const log = new LogFile(join(directory, 'traces.log'));
  const { port, others, process } = await runCollector({ ports, log, env });
  const origin = `http://localhost:${port}`;
  return {
    collector: { ...customary, port },
    page: { name: 'mesh101', url: origin },
    api: origin,
    embedded: process,
    otlp: `http://localhost:${others.includes(4318) ? 4318 : port}/v1/traces`,
  };
}

async function external(collector: ZipkinCollector): Promise<Tracing> {
  const page = await pageOf(collector);
  const api = page.name === 'Zipkin' ? new URL(page.url).origin : undefined;
  return { collector, page, ...(api && { api }) };
}
