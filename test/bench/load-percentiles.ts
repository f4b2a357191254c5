import type { Aim, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import { startServer } from '#test/bench/chain-processes.ts';
import { type Client, type ClientRun, PERCENTILES } from '#test/bench/clients/client.ts';
import { fortio } from '#test/bench/clients/fortio.ts';
import { load } from '#test/bench/clients/load.ts';
import { delayAt } from '#test/bench/delays.ts';
import { alternate, formatSpread, ratio, spread } from '#test/bench/measure.ts';

const ROUNDS = 5;
const ROUND_SECONDS = 4;
const AIM_PERCENT = 10;

interface Scene {
  readonly name: string;
  readonly path: string;
  readonly rate: number;
  readonly connections: number;
  /** Fortio counts in ranges; the narrowest, in seconds, must suit what is measured. */
  readonly resolution: number;
  /** What the server waits, in milliseconds, before it answers this share of the requests. */
  readonly delay: (share: number) => number;
}

/** So many connections that each has its answer before its next turn. */
const DELAYED = { path: 'delayed', connections: 256, resolution: 1e-3, delay: delayAt };
const AT_ONCE = { path: '', connections: 16, resolution: 1e-5, delay: () => 0 };

const SCENES: readonly Scene[] = [
  { name: '500/s', rate: 500, ...DELAYED },
  { name: '2000/s', rate: 2000, ...DELAYED },
  { name: 'at once, 2000/s', rate: 2000, ...AT_ONCE },
];

/** The latencies that load sees at a fixed rate, beside those that fortio sees, of a server whose delays are known. */
export async function loadPercentiles(session: BenchSession): Promise<BenchResult> {
  const yardstick = fortio();
  if (!yardstick) return { tables: [], aims: [], notes: [MISSING] };
  const server = await startServer('delayed-server', session.folder);
  try {
    const measured: Measured[] = [];
    for (const scene of SCENES) {
      const options = { ...scene, url: new URL(scene.path, server.url).href, seconds: ROUND_SECONDS };
      const run = (client: Client) => () => client(options);
      const started = (name: string, round: number) =>
        session.progress(`${scene.name}: round ${round} of ${ROUNDS}: ${name}`);
      const variants = { load: run(load), fortio: run(yardstick) };
      measured.push({ scene, ...(await alternate(variants, { rounds: ROUNDS, started })) });
    }
    return resultOf(measured);
  } finally {
    await server.stop();
  }
}

const MISSING = 'fortio is missing, so the latencies are not compared: put it on PATH, or name it in FORTIO.';

interface Measured {
  readonly scene: Scene;
  readonly load: readonly ClientRun[];
  readonly fortio: readonly ClientRun[];
}

function resultOf(measured: readonly Measured[]): BenchResult {
  const title = `latencies at a fixed rate: median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max)`;
  return {
    tables: [
      {
        title,
        head: ['', 'delay ms', 'load ms', 'fortio ms', '× fortio'],
        rows: measured.flatMap(rowsOf),
      },
    ],
    aims: [aimOf(measured.filter(({ scene }) => scene.delay(0) > 0))],
    notes: [
      'delay: what the server waits by itself before it answers; "at once" has none, and shows what the clients themselves add.',
    ],
  };
}

function rowsOf({ scene, load, fortio }: Measured): readonly (readonly string[])[] {
  const { name, delay } = scene;
  return PERCENTILES.map((percentile) => {
    const digits = delay(0) > 0 ? 1 : 3;
    const medians = [load, fortio].map((runs) => spread(at(percentile, runs)).median.toFixed(digits));
    const share = ratio(at(percentile, load), at(percentile, fortio));
    return [`${name}, p${percentile}`, delay(percentile / 100).toFixed(1), ...medians, formatSpread(share)];
  });
}

function at(percentile: number, runs: readonly ClientRun[]): number[] {
  return runs.map(({ percentiles }) => percentiles[percentile] ?? Number.NaN);
}

/** The furthest from 1 decides. */
function aimOf(measured: readonly Measured[]): Aim {
  const offs = measured.flatMap(({ load, fortio }) =>
    PERCENTILES.map((percentile) => ratio(at(percentile, load), at(percentile, fortio)).median - 1),
  );
  const off = 100 * Math.max(...offs.map(Math.abs));
  return {
    text: `with delays, each percentile within ${AIM_PERCENT} % of fortio's`,
    measured: `at most ${off.toFixed(1)} % off`,
    met: off <= AIM_PERCENT,
  };
}
