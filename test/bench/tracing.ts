import type { Benchmark, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import {
  type RunningChain,
  startChain,
  startStub,
  startTraceSink,
  TUNING,
} from '#test/bench/chain-processes.ts';
import { generateLoad } from '#test/bench/generate-load.ts';
import { alternate, formatSpread, ratio, spread } from '#test/bench/measure.ts';
import { cpuSeconds } from '#test/bench/process-use.ts';

const ROUNDS = 10;
const ROUND_SECONDS = 2;
/** Of the SDK much more code is to be compiled than of the service. */
const WARM_UP_SECONDS = 10;
const CONNECTIONS = 32;
const AIM = 0.6;

/** The demo's work takes no time, so that what is left of variant 3 is its spans. */
const NO_WORK = { FIBONACCI_MAX: '1', WAIT_MAX: '0' };

const VARIANTS = {
  headers: { TRACING: 'headers' },
  'simple, 1 %': { TRACING: 'simple', ...sampled(0.01) },
  'simple, 100 %': { TRACING: 'simple', ...sampled(1) },
  'full, 1 %': { TRACING: 'full', ...sampled(0.01), ...NO_WORK },
  'full, 100 %': { TRACING: 'full', ...sampled(1), ...NO_WORK },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

type Name = keyof typeof VARIANTS;
const NAMES = Object.keys(VARIANTS) as Name[];
const YARDSTICK: Name = 'headers';
const AIMS: readonly Name[] = ['simple, 1 %', 'full, 100 %'];

/** The first hop decides, the others follow it. */
function sampled(share: number) {
  return { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: String(share) };
}

interface Measured {
  readonly perSecond: number;
  /** Of the three services together; not a number where the system does not tell. */
  readonly cpuMicroseconds: number;
  readonly p99: number;
}

export const tracing: Benchmark = {
  name: 'tracing',
  title: `frontend → middleware → backend → stub in each tracing variant, spans sent by OTLP, ${CONNECTIONS} connections, ${TUNING}`,
  async run(session) {
    session.progress('starting the services');
    const [stub, sink] = [await startStub(session.folder), await startTraceSink(session.folder)];
    const chains: RunningChain[] = [];
    try {
      for (const name of NAMES) {
        const env = { ...VARIANTS[name], OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
        chains.push(
          await startChain({ program: 'chain', tuned: true, end: stub.url, env, folder: session.folder }),
        );
      }
      return resultOf(await measureAll(chains, session));
    } finally {
      await Promise.all([stub, sink, ...chains].map((running) => running.stop()));
    }
  },
};

async function measureAll(chains: readonly RunningChain[], { progress }: BenchSession) {
  for (const [index, running] of chains.entries()) {
    progress(`warming up ${NAMES[index]}`);
    await measure(running, WARM_UP_SECONDS);
  }
  const entries = chains.map((running, index) => [NAMES[index], () => measure(running, ROUND_SECONDS)]);
  return alternate(Object.fromEntries(entries) as Record<Name, () => Promise<Measured>>, {
    rounds: ROUNDS,
    started: (name, round) => progress(`round ${round} of ${ROUNDS}: ${name}`),
  });
}

async function measure({ url, hops }: RunningChain, seconds: number): Promise<Measured> {
  const pids = hops.map(({ pid }) => pid);
  const before = cpuSeconds(pids) ?? Number.NaN;
  const load = await generateLoad({ url, connections: CONNECTIONS, seconds });
  const used = (cpuSeconds(pids) ?? Number.NaN) - before;
  return {
    perSecond: load.requests / load.seconds,
    cpuMicroseconds: (used / load.requests) * 1e6,
    p99: load.p99,
  };
}

function resultOf(measured: Record<Name, Measured[]>): BenchResult {
  const throughput = (name: Name) => measured[name].map(({ perSecond }) => perSecond);
  const cpu = (name: Name) => measured[name].map(({ cpuMicroseconds }) => cpuMicroseconds);
  const share = (name: Name) => ratio(throughput(name), throughput(YARDSTICK));
  const rows = NAMES.map((name) => [
    name,
    spread(throughput(name)).median.toFixed(0),
    formatSpread(share(name)),
    spread(cpu(name)).median.toFixed(0),
    formatSpread(ratio(cpu(name), cpu(YARDSTICK))),
    spread(measured[name].map(({ p99 }) => p99)).median.toFixed(0),
  ]);
  const head = ['TRACING', 'requests/s', `× ${YARDSTICK}`, 'CPU µs/request', `× ${YARDSTICK}`, 'p99 ms'];
  const title = `median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max); CPU of the three services together`;
  return {
    tables: [{ title, head, rows }],
    aims: AIMS.map((name) => ({
      text: `${name} at ≥ ${AIM}× the throughput of ${YARDSTICK}`,
      measured: formatSpread(share(name)),
      met: share(name).median >= AIM,
    })),
    notes: ["full: without the demo's Fibonacci numbers and waits, whose time is no cost of tracing."],
  };
}
