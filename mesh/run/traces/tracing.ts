import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ZipkinCollector } from '#mesh/istiod/envoy/scope.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { compileCache, nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import { Supervised } from '#mesh/kubelet/process/supervised.ts';
import {
  pageOf,
  probeCollector,
  spansUrl,
  type TracesTarget,
  TracesTargetError,
  tracesPortOf,
} from '#mesh/run/traces/traces-target.ts';
import type { CollectorConfiguration } from '#mesh/telemetry/traces/main.ts';

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
      `nothing takes spans at ${spansUrl(target)} (${probe.reason}): start a collector there, or use the embedded one (--traces-to embedded)`,
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

/** Where a browser reads a trace of a collector, when its number is put behind it: the mesh's own and Jaeger agree. */
export function tracePageOf({ name, url }: Tracing['page']): string {
  return new URL(name === 'Zipkin' ? 'traces/' : '/trace/', url).href;
}

const program = fileURLToPath(new URL('../../telemetry/traces/main.ts', import.meta.url));

/** Where programs send spans by default: Zipkin's port, and OTLP's over HTTP. */
const usualPorts = [9411, 4318];

interface EmbeddedCollector {
  readonly port: number;
  /** The usualPorts ports that were free; they speak everything too. */
  readonly others: readonly number[];
  readonly process: Supervised;
}

interface RunCollectorOptions {
  readonly ports: Ports;
  readonly log: LogFile;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the collector in a separate process, so that many spans slow nothing else down. */
async function runCollector({ ports, log, env }: RunCollectorOptions): Promise<EmbeddedCollector> {
  const wanted = tracesPortOf(env);
  const port = await (wanted === 0 ? ports.lease() : ports.leaseFrom(wanted ?? 16_686));
  const others = wanted === undefined ? await leaseFree(ports, usualPorts) : [];
  const process = new Supervised({ log, command: command({ ports: [port, ...others] }) });
  process.start();
  return { port, others, process };
}

async function leaseFree(ports: Ports, wanted: readonly number[]): Promise<number[]> {
  const free: number[] = [];
  for (const port of wanted) {
    if (await ports.leaseExactly(port)) free.push(port);
  }
  return free;
}

function command(configuration: CollectorConfiguration) {
  return {
    command: nodeExecutable,
    // A small young generation: the store keeps most of what arrives, and a laptop has better uses for the memory.
    args: ['--max-old-space-size=384', '--max-semi-space-size=4', program],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { TRACE_COLLECTOR: JSON.stringify(configuration), NODE_COMPILE_CACHE: compileCache },
  };
}
