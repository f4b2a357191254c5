import type { Benchmark, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import {
  type ChainOptions,
  type RunningChain,
  startChain,
  startStub,
  TUNING,
} from '#test/bench/chain-processes.ts';
import { generateLoad } from '#test/bench/generate-load.ts';
import { alternate, formatSpread, ratio, spread } from '#test/bench/measure.ts';
import { cpuSeconds } from '#test/bench/process-use.ts';

const ROUNDS = 12;
const ROUND_SECONDS = 2;
const WARM_UP_SECONDS = 4;
const CONNECTIONS = 32;
const AIM = 0.9;

const VARIANTS = {
  'bare, untuned': { program: 'bare', tuned: false },
  'bare, tuned': { program: 'bare', tuned: true },
  'chain, untuned': { program: 'chain', tuned: false },
  'chain, tuned': { program: 'chain', tuned: true },
} as const satisfies Record<string, Pick<ChainOptions, 'program' | 'tuned'>>;

type Name = keyof typeof VARIANTS;
const NAMES = Object.keys(VARIANTS) as Name[];
const YARDSTICK: Name = 'bare, untuned';

interface Measured {
  readonly perSecond: number;
  /** Of the three services together; undefined where the system does not tell. */
  readonly cpuMicroseconds: number | undefined;
  readonly p50: number;
  readonly p99: number;
}

export const chain: Benchmark = {
  name: 'chain',
  title: `frontend → middleware → backend → stub without sidecars, ${CONNECTIONS} connections, against bare node:http + undici`,
  async run(session) {
    const { progress, folder } = session;
    progress('starting the services');
    const stub = await startStub(folder);
    const chains: RunningChain[] = [];
    try {
      for (const name of NAMES) chains.push(await startChain({ ...VARIANTS[name], end: stub.url, folder }));
      return resultOf(await measureAll(chains, session));
    } finally {
      await Promise.all([stub, ...chains].map((running) => running.stop()));
    }
  },
};

async function measureAll(chains: readonly RunningChain[], { progress }: BenchSession) {
  const entries = chains.map((running, index) => [NAMES[index], () => measure(running, ROUND_SECONDS)]);
  for (const [index, running] of chains.entries()) {
    progress(`warming up ${NAMES[index]}`);
    await measure(running, WARM_UP_SECONDS);
  }
  const variants = Object.fromEntries(entries) as Record<Name, () => Promise<Measured>>;
  return alternate(variants, {
    rounds: ROUNDS,
    started: (name, round) => progress(`round ${round} of ${ROUNDS}: ${name}`),
  });
}

async function measure({ url, hops }: RunningChain, seconds: number): Promise<Measured> {
  const pids = hops.map(({ pid }) => pid);
  const before = cpuSeconds(pids);
  const {
    requests,
    seconds: took,
    p50,
    p99,
  } = await generateLoad({ url, connections: CONNECTIONS, seconds });
  const after = cpuSeconds(pids);
  const cpuMicroseconds =
    before === undefined || after === undefined ? undefined : ((after - before) / requests) * 1e6;
  return { perSecond: requests / took, cpuMicroseconds, p50, p99 };
}

function resultOf(measured: Record<Name, Measured[]>): BenchResult {
  const throughput = (name: Name) => measured[name].map(({ perSecond }) => perSecond);
  const cpu = (name: Name) => measured[name].map(({ cpuMicroseconds }) => cpuMicroseconds ?? Number.NaN);
  const tuned = ratio(throughput('chain, tuned'), throughput(YARDSTICK));
  const rows = NAMES.map((name) => [
    name,
    spread(throughput(name)).median.toFixed(0),
    formatSpread(ratio(throughput(name), throughput(YARDSTICK))),
    spread(cpu(name)).median.toFixed(0),
    formatSpread(ratio(cpu(name), cpu(YARDSTICK))),
    spread(measured[name].map(({ p50 }) => p50)).median.toFixed(0),
    spread(measured[name].map(({ p99 }) => p99)).median.toFixed(0),
  ]);
  const head = ['', 'requests/s', `× ${YARDSTICK}`, 'CPU µs/request', `× ${YARDSTICK}`, 'p50 ms', 'p99 ms'];
  const title = `median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max); CPU of the three services together`;
  const noCpu = cpu(YARDSTICK).some(Number.isNaN);
  return {
    tables: [{ title, head, rows }],
    aims: [
      {
        text: `chain as it ships (${TUNING}) at ≥ ${AIM}× the throughput of ${YARDSTICK}`,
        measured: formatSpread(tuned),
        met: tuned.median >= AIM,
      },
    ],
    notes: noCpu ? ['CPU time is read from /proc, which only Linux has.'] : [],
  };
}
