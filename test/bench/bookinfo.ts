import type { Benchmark, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import { type RunningBookinfo, startBookinfo } from '#test/bench/bookinfo-processes.ts';
import { TUNING } from '#test/bench/chain-processes.ts';
import { generateLoad } from '#test/bench/generate-load.ts';
import { alternate, formatSpread, ratio, spread } from '#test/bench/measure.ts';
import { cpuSeconds, residentMegabytes } from '#test/bench/process-use.ts';
import { startOwnMesh } from '#test/own-mesh.ts';

const ROUNDS = 8;
const ROUND_SECONDS = 3;
const WARM_UP_SECONDS = 5;
const CONNECTIONS = 16;
const AIM = 500;

/** All reviews are v3, as they are without the mesh. */
const MESH = [
  'k8s/bookinfo.yaml',
  ...['bookinfo-gateway', 'destination-rule-all', 'virtual-service-reviews-v3'].map(
    (name) => `istio/bookinfo/${name}.yaml`,
  ),
].flatMap((file) => ['--filename', file]);

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU of productpage alone, in microseconds for each page; undefined where the system does not tell. */
  readonly pageCpu?: number;
}

type Name = 'direct' | 'mesh';

export const bookinfo: Benchmark = {
  name: 'bookinfo',
  title: `/productpage with reviews v3, ${CONNECTIONS} connections: without sidecars, and through gateway and sidecars (${TUNING})`,
  async run(session) {
    session.progress('starting the services');
    const direct = await startBookinfo(session.folder);
    try {
      session.progress('mesh up');
      const mesh = await startOwnMesh(...MESH, '--traces-to', 'none');
      try {
        const atRest = memoryOf(direct);
        const measured = await measureBoth(direct, `${mesh.gatewayUrl}/productpage`, session);
        const memory = { 'after the start': atRest, 'after the load': memoryOf(direct) };
        return resultOf({ measured, services: direct.services, memory });
      } finally {
        await mesh.close();
      }
    } finally {
      await direct.stop();
    }
  },
};

async function measureBoth(direct: RunningBookinfo, meshUrl: string, { progress }: BenchSession) {
  const page = direct.services.find(({ name }) => name === 'productpage');
  progress('warming up');
  for (const url of [direct.url, meshUrl]) await measure({ url, seconds: WARM_UP_SECONDS });
  return alternate<Name, Measured>(
    {
      direct: () => measure({ url: direct.url, seconds: ROUND_SECONDS, ...(page && { pid: page.pid }) }),
      mesh: () => measure({ url: meshUrl, seconds: ROUND_SECONDS }),
    },
    { rounds: ROUNDS, started: (name, round) => progress(`round ${round} of ${ROUNDS}: ${name}`) },
  );
}

interface Load {
  readonly url: string;
  readonly seconds: number;
  readonly pid?: number;
}

async function measure({ url, seconds, pid }: Load): Promise<Measured> {
  const cpu = () => (pid === undefined ? undefined : cpuSeconds([pid]));
  const before = cpu();
  const load = await generateLoad({ url, connections: CONNECTIONS, seconds });
  const after = cpu();
  const used = before === undefined || after === undefined ? undefined : after - before;
  return {
    perSecond: load.requests / load.seconds,
    p50: load.p50,
    p99: load.p99,
    ...(used !== undefined && { pageCpu: (used / load.requests) * 1e6 }),
  };
}

function memoryOf({ services }: RunningBookinfo): readonly number[] {
  return services.map(({ pid }) => residentMegabytes(pid));
}

interface Everything {
  readonly measured: Record<Name, Measured[]>;
  readonly services: RunningBookinfo['services'];
  /** MB of each service, by when it was read. */
  readonly memory: Readonly<Record<string, readonly number[]>>;
}

function resultOf({ measured, services, memory }: Everything): BenchResult {
  const median = (name: Name, what: keyof Measured) =>
    spread(measured[name].map((one) => one[what] ?? Number.NaN)).median;
  const throughput = (name: Name) => measured[name].map(({ perSecond }) => perSecond);
  const rows = (['direct', 'mesh'] as const).map((name) => [
    name,
    median(name, 'perSecond').toFixed(0),
    name === 'direct' ? '1' : formatSpread(ratio(throughput('mesh'), throughput('direct'))),
    median(name, 'p50').toFixed(0),
    median(name, 'p99').toFixed(0),
  ]);
  const pageCpu = median('direct', 'pageCpu');
  const perCore = 1e6 / pageCpu;
  return {
    tables: [
      {
        title: `median of ${ROUNDS} rounds of ${ROUND_SECONDS} s each (min … max)`,
        head: ['', 'pages/s', '× direct', 'p50 ms', 'p99 ms'],
        rows,
      },
      {
        title: 'MB resident, without the mesh',
        head: ['', ...services.map(({ name }) => name)],
        rows: Object.entries(memory).map(([when, values]) => [
          when,
          ...values.map((value) => value.toFixed(0)),
        ]),
      },
    ],
    aims: [
      {
        text: `productpage makes ≥ ${AIM} pages/s on one core, without the mesh`,
        measured: `${perCore.toFixed(0)} (${pageCpu.toFixed(0)} µs of its CPU for a page)`,
        met: perCore >= AIM,
      },
    ],
  };
}
