import { join } from 'node:path';
import process from 'node:process';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import type { Benchmark, BenchResult, BenchSession, BenchTable } from '#test/bench/benchmark.ts';
import { TUNING } from '#test/bench/chain-processes.ts';
import { type ClientRun, perSecond } from '#test/bench/clients/client.ts';
import { load } from '#test/bench/clients/load.ts';
import { type Column, comparisonTable } from '#test/bench/comparison.ts';
import { alternate, ratio } from '#test/bench/measure.ts';
import { threadSeconds } from '#test/bench/process-use.ts';
import { type Program, startProgram } from '#test/bench/program.ts';
import { program } from '#test/components/component.ts';
import { freePorts } from '#test/free-ports.ts';
import { ROOT } from '#test/own-mesh.ts';

const ROUNDS = 9;
const ROUND_SECONDS = 2;
/** V8 compiles what is hot late; a Go program is as fast from the start. */
const WARM_UP_SECONDS = 8;
const CONNECTIONS = 32;
const LOADS = { 'at saturation': 0, 'at 300 requests/s': 300 } as const;

/** What both answer alike, with the share of the peer's CPU time that is aimed at. */
const PATHS = [
  ['/get', 1.2],
  ['/headers', 1.2],
  ['/status/200', 1.2],
  ['/bytes/10240', 1],
] as const;

const PEER = 'go-httpbin';
const OURS = 'httpbin';
const MISSING = `${PEER} is missing: go install github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@latest, and name it in GO_HTTPBIN.`;

interface Contestant {
  readonly url: string;
  readonly program: Program;
}

type Contestants = Readonly<Record<typeof PEER | typeof OURS, Contestant>>;

interface Measured extends ClientRun {
  /** CPU of the server in microseconds for each request. */
  readonly serverCpu: number;
}

export const peers: Benchmark = {
  name: 'peers',
  title: `${OURS} beside ${PEER}, both alive all the time, ${CONNECTIONS} connections`,
  async run(session) {
    const command = program(PEER, 'GO_HTTPBIN');
    if (command === undefined) return { tables: [], aims: [], notes: [MISSING] };
    const started: Contestant[] = [];
    try {
      session.progress('starting both');
      const peer = await startPeer(command, session.folder);
      started.push(peer);
      const ours = await startOurs(session.folder);
      started.push(ours);
      return await compared({ [PEER]: peer, [OURS]: ours }, session);
    } finally {
      await Promise.all(started.map((one) => one.program.stop()));
    }
  },
};

async function startPeer(command: string, folder: string): Promise<Contestant> {
  const [port = 0] = await freePorts(1);
  const args = ['-host', '127.0.0.1', '-port', String(port)];
  return answering(port, startProgram({ command, args, log: join(folder, `${PEER}.log`) }));
}

async function startOurs(folder: string): Promise<Contestant> {
  const [port = 0] = await freePorts(1);
  const started = startProgram({
    command: process.execPath,
    args: [TUNING, join(ROOT, 'services/httpbin/main.ts')],
    env: { PORT: String(port), HOST: '127.0.0.1', NODE_COMPILE_CACHE: compileCache },
    log: join(folder, `${OURS}.log`),
  });
  return answering(port, started);
}

async function answering(port: number, started: Program): Promise<Contestant> {
  const url = `http://127.0.0.1:${port}`;
  await started.answers(`${url}/get`);
  return { url, program: started };
}

async function compared(contestants: Contestants, { progress }: BenchSession): Promise<BenchResult> {
  const tables: BenchTable[] = [];
  const aims: BenchResult['aims'][number][] = [];
  for (const [path, aim] of PATHS) {
    for (const one of Object.values(contestants)) {
      progress(`${path}: warming up`);
      await measure(one, path, { seconds: WARM_UP_SECONDS, rate: 0 });
    }
    for (const [when, rate] of Object.entries(LOADS)) {
      const run = (one: Contestant) => () => measure(one, path, { seconds: ROUND_SECONDS, rate });
      const variants = { [PEER]: run(contestants[PEER]), [OURS]: run(contestants[OURS]) };
      const started = (name: string, round: number) =>
        progress(`${path} ${when}: round ${round} of ${ROUNDS}: ${name}`);
      const measured = await alternate(variants, { rounds: ROUNDS, started });
      tables.push(comparisonTable({ title: `${path} ${when}`, measured, yardstick: PEER, columns: COLUMNS }));
      if (rate === 0) aims.push(aimOf(path, aim, measured));
    }
  }
  return { tables, aims };
}

const COLUMNS: readonly Column<Measured>[] = [
  ['requests/s', perSecond, 0],
  ['CPU µs/request', ({ serverCpu }) => serverCpu, 1],
  ['p50 ms', ({ percentiles }) => percentiles[50] ?? Number.NaN, 2],
  ['p99 ms', ({ percentiles }) => percentiles[99] ?? Number.NaN, 1],
];

async function measure(
  { url, program: { pid } }: Contestant,
  path: string,
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
): Promise<Measured> {
  const before = threadSeconds(pid);
  const run = await load({ url: url + path, connections: CONNECTIONS, seconds, rate });
  return { ...run, serverCpu: ((threadSeconds(pid) - before) / run.requests) * 1e6 };
}

function aimOf(
  path: string,
  aim: number,
  measured: Readonly<Record<string, readonly Measured[]>>,
): BenchResult['aims'][number] {
  const cpu = (name: string) => (measured[name] ?? []).map(({ serverCpu }) => serverCpu);
  const { median } = ratio(cpu(OURS), cpu(PEER));
  return {
    text: `${path} with at most ${aim}× of ${PEER}'s CPU time`,
    measured: median.toFixed(2),
    met: median <= aim,
  };
}
