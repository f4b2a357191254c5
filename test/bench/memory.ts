import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { type RunningChain, startChain, startStub } from '#test/bench/chain-processes.ts';
import { generateLoad } from '#test/bench/generate-load.ts';
import { residentMegabytes } from '#test/bench/process-use.ts';

const LIMIT = 100;
const LOAD_SECONDS = 10;
const SETTLED_WITHIN = 1;
const PATIENCE_SECONDS = 60;

type Readings = Readonly<Record<string, readonly number[]>>;

export const memory: Benchmark = {
  name: 'memory',
  title: 'resident memory of each service process',
  async run({ progress, folder }) {
    const stub = await startStub(folder);
    const chain = await startChain({ program: 'chain', tuned: true, end: stub.url, folder });
    try {
      progress('at rest after the start');
      const started = await settled(chain);
      progress(`${LOAD_SECONDS} s of load`);
      await generateLoad({ url: chain.url, connections: 32, seconds: LOAD_SECONDS });
      const loaded = memoryOf(chain);
      progress('at rest after the load');
      return resultOf(chain, {
        'after the start': started,
        'under load': loaded,
        'at rest again': await settled(chain),
      });
    } finally {
      await Promise.all([chain.stop(), stub.stop()]);
    }
  },
};

function memoryOf({ hops }: RunningChain): readonly number[] {
  return hops.map(({ pid }) => residentMegabytes(pid));
}

/** Waits until no process' memory has changed by more than 1 MB for five seconds. */
async function settled(chain: RunningChain): Promise<readonly number[]> {
  let still = 0;
  let last = memoryOf(chain);
  for (let second = 0; still < 5 && second < PATIENCE_SECONDS; second++) {
    await sleep(1_000);
    const now = memoryOf(chain);
    const changed = now.some((value, hop) => Math.abs(value - (last[hop] ?? 0)) > SETTLED_WITHIN);
    still = changed ? 0 : still + 1;
    last = now;
  }
  return last;
}

function resultOf({ hops }: RunningChain, readings: Readings): BenchResult {
  const rows = Object.entries(readings).map(([when, values]) => [
    when,
    ...values.map((value) => value.toFixed(0)),
  ]);
  const atRest = Math.max(
    ...Object.entries(readings).flatMap(([when, values]) => (when === 'under load' ? [] : values)),
  );
  return {
    tables: [{ title: 'MB resident', head: ['', ...hops.map(({ name }) => name)], rows }],
    aims: [
      {
        text: `each service under ${LIMIT} MB at rest`,
        measured: `at most ${atRest.toFixed(0)} MB`,
        met: atRest < LIMIT,
      },
    ],
  };
}
