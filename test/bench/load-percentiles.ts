import type { Aim, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import { startServer } from '#test/bench/chain-processes.ts';
import { type Client, type ClientRun, PERCENTILES } from '#test/bench/clients/client.ts';
import { fortio } from '#test/bench/clients/fortio.ts';
import { load } from '#test/bench/clients/load.ts';
import { delayAt } from '#test/bench/delays.ts';
import { alternate, formatSpread, ratio, type Spread, spread } from '#test/bench/measure.ts';

const ROUNDS = 5;
const ROUND_SECONDS = 4;
/** So many that at the highest rate each has its answer before its next turn. */
const CONNECTIONS = 256;
const RATES = [500, 2000] as const;
const AIM_PERCENT = 10;

/** The latencies that load sees at a fixed rate, beside those that fortio sees, of a server whose delays are known. */
export async function loadPercentiles({ progress, folder }: BenchSession): Promise<BenchResult> {
  const yardstick = fortio();
  if (!yardstick)
    return {
      tables: [],
      aims: [],
      notes: ['fortio is missing, so the latencies are not compared: put it on PATH, or name it in FORTIO.'],
    };
  const server = await startServer('delayed-server', folder);
  try {
    const results: RateResult[] = [];
    for (const rate of RATES) {
      const run = (client: Client) => () =>
        client({ url: `${server.url}delayed`, connections: CONNECTIONS, seconds: ROUND_SECONDS, rate });
      const started = (name: string, round: number) =>
        progress(`${rate} requests/s: round ${round} of ${ROUNDS}: ${name}`);
      const measured = await alternate(
        { load: run(load), fortio: run(yardstick) },
        { rounds: ROUNDS, started },
      );
      results.push({ rate, ...measured });
    }
    return resultOf(results);
  } finally {
    await server.stop();
  }
}

interface RateResult {
  readonly rate: number;
  readonly load: readonly ClientRun[];
  readonly fortio: readonly ClientRun[];
}

function resultOf(results: readonly RateResult[]): BenchResult {
  const all = results.flatMap(({ rate, load, fortio }) =>
    PERCENTILES.map((percentile) => {
      const values = (runs: readonly ClientRun[]) =>
        runs.map((run) => run.percentiles[percentile] ?? Number.NaN);
      return { rate, percentile, load: values(load), fortio: values(fortio) };
    }),
  );
  const rows = all.map(({ rate, percentile, load, fortio }) => [
    `${rate}/s p${percentile}`,
    delayAt(percentile / 100).toFixed(1),
    spread(load).median.toFixed(1),
    spread(fortio).median.toFixed(1),
    formatSpread(ratio(load, fortio)),
  ]);
  const title = `at a fixed rate: ${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max)`;
  return {
    tables: [{ title, head: ['', 'delay ms', 'load ms', 'fortio ms', '× fortio'], rows }],
    aims: [aimOf(all.map(({ load, fortio }) => ratio(load, fortio)))],
    notes: ['delay: what the server waits by itself before it answers.'],
  };
}

/** The furthest from 1 decides. */
function aimOf(ratios: readonly Spread[]): Aim {
  const off = Math.max(...ratios.map(({ median }) => Math.abs(median - 1) * 100));
  return {
    text: `each percentile within ${AIM_PERCENT} % of fortio's`,
    measured: `at most ${off.toFixed(1)} % off`,
    met: off <= AIM_PERCENT,
  };
}
