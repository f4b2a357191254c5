import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import type { Benchmark, BenchSession, BenchTable } from '#test/bench/benchmark.ts';
import { TUNING } from '#test/bench/chain-processes.ts';
import { type Column, comparisonTable } from '#test/bench/comparison.ts';
import type { EchoLoadOptions, EchoLoadResult } from '#test/bench/echo-load.ts';
import { type EchoPlaces, startEchoPlaces, WAYS, type Way } from '#test/bench/echo-places.ts';
import { alternate } from '#test/bench/measure.ts';

const ROUNDS = 8;
const ROUND_SECONDS = 2;
const WARM_UP_SECONDS = 2;

type Lines = Pick<EchoLoadOptions, 'connections' | 'lineBytes'>;

/** As a person types them. */
const SHORT: Lines = { connections: 16, lineBytes: 64 };
/** They fit into no buffer on the way. */
const LONG: Lines = { connections: 4, lineBytes: 1 << 20 };

const CLIENT = join(import.meta.dirname, 'echo-client.ts');
const run = promisify(execFile);

export const tcpEcho: Benchmark = {
  name: 'tcp-echo',
  title: `lines there and back: straight, through the gateway's port 31400, and between two pods (${TUNING})`,
  async run(session) {
    const places = await startEchoPlaces(session);
    try {
      const short = await measureAll(places, SHORT, session);
      const long = await measureAll(places, LONG, session);
      return { tables: [shortTable(short), longTable(long)], aims: [], notes: NOTES };
    } finally {
      await places.stop();
    }
  },
};

const NOTES = [
  'gateway, sidecar: from outside of the mesh; sidecar, sidecar: from another pod. Between the two Envoys there is mutual TLS.',
];

type Measured = Record<Way, EchoLoadResult[]>;

async function measureAll(
  { ports }: EchoPlaces,
  lines: Lines,
  { progress }: BenchSession,
): Promise<Measured> {
  const name = `lines of ${lines.lineBytes} bytes`;
  const measure = (way: Way, seconds: number) =>
    load({ host: '127.0.0.1', port: ports[way], ...lines, seconds });
  progress(`${name}: warming up`);
  for (const way of WAYS) await measure(way, WARM_UP_SECONDS);
  const variants = Object.fromEntries(WAYS.map((way) => [way, () => measure(way, ROUND_SECONDS)]));
  return alternate(variants as Record<Way, () => Promise<EchoLoadResult>>, {
    rounds: ROUNDS,
    started: (way, round) => progress(`${name}: round ${round} of ${ROUNDS}: ${way}`),
  });
}

async function load(options: EchoLoadOptions): Promise<EchoLoadResult> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const { stdout } = await run(process.execPath, [CLIENT, JSON.stringify(options)], { env });
  return JSON.parse(stdout) as EchoLoadResult;
}

const P50: Column<EchoLoadResult> = ['p50 ms', ({ p50 }) => p50, 2];
const P99: Column<EchoLoadResult> = ['p99 ms', ({ p99 }) => p99, 2];

function shortTable(measured: Measured): BenchTable {
  return table(measured, SHORT, ['lines/s', ({ lines, seconds }) => lines / seconds, 0]);
}

function longTable(measured: Measured): BenchTable {
  const megabytes = ({ lines, seconds }: EchoLoadResult) => (lines * LONG.lineBytes) / seconds / 1e6;
  return table(measured, LONG, ['MB/s each way', megabytes, 0]);
}

function table(
  measured: Measured,
  { connections, lineBytes }: Lines,
  throughput: Column<EchoLoadResult>,
): BenchTable {
  const title = `lines of ${lineBytes} bytes, ${connections} connections; median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max)`;
  return comparisonTable({ title, measured, yardstick: 'direct', columns: [throughput, P50, P99] });
}
