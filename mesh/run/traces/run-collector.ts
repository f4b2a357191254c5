import { fileURLToPath } from 'node:url';
import type { Ports } from '#mesh/run/ports/ports.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';
import { compileCache, nodeExecutable } from '#mesh/run/process/node-executable.ts';
import { Supervised } from '#mesh/run/process/supervised.ts';
import { tracesPortOf } from '#mesh/run/traces/traces-port.ts';
import type { CollectorConfiguration } from '#mesh/traces/main.ts';

const program = fileURLToPath(new URL('../../traces/main.ts', import.meta.url));

/** Where programs send spans when nobody tells them otherwise: Zipkin's port, and OTLP's over HTTP. */
const customary = [9411, 4318];

export interface EmbeddedCollector {
  readonly port: number;
  /** The customary ports that were free; they speak everything too. */
  readonly others: readonly number[];
  readonly process: Supervised;
}

export interface RunCollectorOptions {
  readonly ports: Ports;
  readonly log: LogFile;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the collector in a process of its own, so that many spans slow nobody down. */
export async function runCollector({ ports, log, env }: RunCollectorOptions): Promise<EmbeddedCollector> {
  const wanted = tracesPortOf(env);
  const port = await (wanted === 0 ? ports.lease() : ports.leaseFrom(wanted ?? 16_686));
  const others = wanted === undefined ? await leaseFree(ports, customary) : [];
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
