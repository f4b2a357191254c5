import { join } from 'node:path';
import process from 'node:process';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import type { Benchmark, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import { TUNING } from '#test/bench/chain-processes.ts';
import { type ClientRun, perSecond } from '#test/bench/clients/client.ts';
import { load } from '#test/bench/clients/load.ts';
import { type Column, comparisonTable } from '#test/bench/comparison.ts';
import { alternate, formatSpread, spread } from '#test/bench/measure.ts';
import { cpuSeconds } from '#test/bench/process-use.ts';
import { type Program, startProgram } from '#test/bench/program.ts';
import { freePorts } from '#test/free-ports.ts';
import { ROOT, startOwnMesh } from '#test/own-mesh.ts';

const ROUNDS = 8;
const ROUND_SECONDS = 3;
const WARM_UP_SECONDS = 4;
const CONNECTIONS = 16;

const MESH = ['k8s/httpbin.yaml', 'istio/httpbin/httpbin-gateway.yaml'].flatMap((file) => [
  '--filename',
  file,
]);

interface Measured extends ClientRun {
  /** CPU of httpbin itself in microseconds for each request; not a number where nobody tells. */
  readonly serverCpu: number;
}

export const httpbin: Benchmark = {
  name: 'httpbin',
  title: `/get with ${CONNECTIONS} connections: without sidecars, and through gateway and sidecar (${TUNING})`,
  async run(session) {
    session.progress('starting httpbin');
    const direct = await startHttpbin(session.folder);
    try {
      session.progress('mesh up');
      const mesh = await startOwnMesh(...MESH, '--traces-to', 'none');
      try {
        // One replica answers, as without the mesh.
        await mesh.kubectl('delete', 'deployment', 'httpbin-v2');
        return resultOf(await measureBoth(direct, mesh.gatewayUrl, session));
      } finally {
        await mesh.close();
      }
    } finally {
      await direct.program.stop();
    }
  },
};

interface RunningHttpbin {
  readonly url: string;
  readonly program: Program;
}

async function startHttpbin(folder: string): Promise<RunningHttpbin> {
  const [port = 0] = await freePorts(1);
  const program = startProgram({
    command: process.execPath,
    args: [TUNING, join(ROOT, 'services/httpbin/main.ts')],
    env: {
      ...{ PORT: String(port), HOST: '127.0.0.1', SHUTDOWN_DELAY: '0s', NODE_COMPILE_CACHE: compileCache },
      ...{ SERVICE_NAME: 'httpbin-v1', SERVICE_VERSION: 'v1' },
    },
    log: join(folder, 'httpbin.log'),
  });
  const url = `http://127.0.0.1:${port}/`;
  await program.answers(`${url}readyz`);
  return { url, program };
}

async function measureBoth({ url, program }: RunningHttpbin, gatewayUrl: string, { progress }: BenchSession) {
  const direct = (seconds: number) => measure({ url, seconds, pid: program.pid });
  const mesh = (seconds: number) => measure({ url: gatewayUrl, seconds });
  progress('warming up');
  for (const one of [direct, mesh]) await one(WARM_UP_SECONDS);
  return alternate(
    { direct: () => direct(ROUND_SECONDS), mesh: () => mesh(ROUND_SECONDS) },
    { rounds: ROUNDS, started: (name, round) => progress(`round ${round} of ${ROUNDS}: ${name}`) },
  );
}

interface Target {
  readonly url: string;
  readonly seconds: number;
  readonly pid?: number;
}

async function measure({ url, seconds, pid }: Target): Promise<Measured> {
  const cpu = () => (pid === undefined ? undefined : cpuSeconds([pid])) ?? Number.NaN;
  const before = cpu();
  const run = await load({ url: new URL('/get', url).href, connections: CONNECTIONS, seconds });
  return { ...run, serverCpu: ((cpu() - before) / run.requests) * 1e6 };
}

const COLUMNS: readonly Column<Measured>[] = [
  ['requests/s', perSecond, 0],
  ['p50 ms', ({ percentiles }) => percentiles[50] ?? Number.NaN, 2],
  ['p99 ms', ({ percentiles }) => percentiles[99] ?? Number.NaN, 2],
];

function resultOf(measured: Record<'direct' | 'mesh', Measured[]>): BenchResult {
  const title = `median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max)`;
  const serverCpu = spread(measured.direct.map((run) => run.serverCpu));
  return {
    tables: [comparisonTable({ title, measured, yardstick: 'direct', columns: COLUMNS })],
    aims: [],
    notes: [`httpbin's own CPU time, without the mesh: ${formatSpread(serverCpu, 0)} µs for each request.`],
  };
}
