import type { Aim, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import { startServer } from '#test/bench/chain-processes.ts';
import { type Client, type ClientRun, perCore, perSecond } from '#test/bench/clients/client.ts';
import { load } from '#test/bench/clients/load.ts';
import { wrk } from '#test/bench/clients/wrk.ts';
import { type Column, comparisonTable } from '#test/bench/comparison.ts';
import { alternate, formatSpread, ratio } from '#test/bench/measure.ts';

const ROUNDS = 6;
const ROUND_SECONDS = 3;
const CONNECTIONS = 32;
const AIM = 0.4;

const MISSING = 'wrk is missing, so load stands alone: install it (apt-get install wrk), or name it in WRK.';

/** How many requests a core's worth of load's CPU time sends, beside wrk on the same server. */
export async function loadCeiling({ progress, folder }: BenchSession): Promise<BenchResult> {
  const yardstick = wrk();
  const server = await startServer('raw-server', folder);
  try {
    const run = (client: Client, seconds: number) => () =>
      client({ url: server.url, connections: CONNECTIONS, seconds });
    progress('ceiling: warming up');
    await run(load, 1)();
    const variants = {
      load: run(load, ROUND_SECONDS),
      ...(yardstick && { wrk: run(yardstick, ROUND_SECONDS) }),
    };
    const started = (name: string, round: number) =>
      progress(`ceiling: round ${round} of ${ROUNDS}: ${name}`);
    return resultOf(await alternate<string, ClientRun>(variants, { rounds: ROUNDS, started }));
  } finally {
    await server.stop();
  }
}

const COLUMNS: readonly Column<ClientRun>[] = [
  ['requests/CPU second', perCore, 0],
  ['requests/s', perSecond, 0],
];

type Measured = Readonly<Record<string, readonly ClientRun[]>>;

function resultOf(measured: Measured): BenchResult {
  const title = `as fast as it goes: ${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max)`;
  const aim = aimOf(measured);
  return {
    tables: [comparisonTable({ title, measured, yardstick: 'wrk', columns: COLUMNS })],
    aims: aim ? [aim] : [],
    notes: ['requests/CPU second: of the client alone, its start included.', ...(aim ? [] : [MISSING])],
  };
}

function aimOf({ load = [], wrk: yardstick }: Measured): Aim | undefined {
  if (!yardstick) return undefined;
  const share = ratio(load.map(perCore), yardstick.map(perCore));
  return {
    text: `load sends ≥ ${AIM}× of what wrk sends, for each second of its CPU time`,
    measured: formatSpread(share),
    met: share.median >= AIM,
  };
}
