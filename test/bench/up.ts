import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { envoyBinary } from '#mesh/kubelet/binary/programs.ts';
import { startBareEnvoy } from '#test/bench/bare-envoy.ts';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { PROGRAMS, TUNING } from '#test/bench/chain-processes.ts';
import { alternate, formatSpread, ratio, spread } from '#test/bench/measure.ts';
import { type Program, startProgram } from '#test/bench/program.ts';
import { freePorts } from '#test/free-ports.ts';
import { startOwnMesh } from '#test/own-mesh.ts';

const ROUNDS = 7;
const SERVICES = ['frontend', 'middleware-prod', 'middleware-canary', 'backend'];
/** A sidecar for each service, and the gateway. */
const ENVOYS = SERVICES.length + 1;
const AIM_SECONDS = 4;

type Seconds = Record<'mesh up' | 'bare processes', number[]>;

export const up: Benchmark = {
  name: 'up',
  title:
    'from installed to the first 200 through the gateway and all sidecars, against starting the same processes bare',
  async run({ progress, folder }) {
    progress('looking for Envoy');
    const envoy = await envoyBinary({ env: process.env, progress });
    const variants = { 'mesh up': meshUp, 'bare processes': () => bareProcesses(envoy, folder) };
    const started = (name: string, round: number) => progress(`round ${round} of ${ROUNDS}: ${name}`);
    return resultOf(await alternate(variants, { rounds: ROUNDS, started }));
  },
};

/** Seconds until `mesh up` is back and its gateway has answered with a whole chain. */
async function meshUp(): Promise<number> {
  const startedAt = performance.now();
  const mesh = await startOwnMesh();
  try {
    const response = await fetch(mesh.gatewayUrl);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`the first answer is ${response.status}: ${text}`);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await mesh.close();
  }
}

/** Seconds until as many Envoys and services, started all at once, each answer by themselves. */
async function bareProcesses(envoy: string, parent: string): Promise<number> {
  const folder = await mkdtemp(join(parent, 'up-'));
  const ports = await freePorts(ENVOYS + SERVICES.length);
  const startedAt = performance.now();
  const programs: Program[] = [];
  try {
    await Promise.all([
      ...ports.slice(0, ENVOYS).map(async (port) => {
        const own = await mkdtemp(join(folder, 'envoy-'));
        const { process: program, url } = await startBareEnvoy({ envoy, port, folder: own });
        programs.push(program);
        await program.answers(url);
      }),
      ...SERVICES.map(async (name, index) => {
        const PORT = String(ports[ENVOYS + index]);
        const env = { SERVICE_NAME: name, PORT, HOST: '127.0.0.1', SHUTDOWN_DELAY: '0s' };
        const args = [TUNING, PROGRAMS.chain];
        const program = startProgram({ command: process.execPath, args, env, log: join(folder, name) });
        programs.push(program);
        await program.answers(`http://127.0.0.1:${PORT}/readyz`);
      }),
    ]);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
  }
}

function resultOf(seconds: Seconds): BenchResult {
  const names = Object.keys(seconds) as (keyof Seconds)[];
  const bare = seconds['bare processes'];
  const rows = names.map((name) => [
    name,
    formatSpread(spread(seconds[name])),
    formatSpread(ratio(seconds[name], bare)),
  ]);
  const { median } = spread(seconds['mesh up']);
  return {
    tables: [
      { title: `median of ${ROUNDS} rounds (min … max)`, head: ['', 'seconds', '× bare processes'], rows },
    ],
    aims: [
      {
        text: `mesh up under ${AIM_SECONDS} s on 2 cores`,
        measured: formatSpread(spread(seconds['mesh up'])),
        met: median < AIM_SECONDS,
      },
    ],
    notes: [
      `bare processes: ${ENVOYS} Envoys with one static listener each and ${SERVICES.length} services, started at once until each answers`,
    ],
  };
}
