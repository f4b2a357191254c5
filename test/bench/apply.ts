import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { request } from 'undici';
import { parse } from 'yaml';
import { hasErrors } from '#mesh/diagnostic.ts';
import { envoyBinary } from '#mesh/kubelet/binary/programs.ts';
import { applyUnderLoad, type UnderLoadResult } from '#test/bench/apply-under-load.ts';
import { type BareEnvoy, startBareEnvoy } from '#test/bench/bare-envoy.ts';
import type { Benchmark, BenchResult, BenchSession, BenchTable } from '#test/bench/benchmark.ts';
import { alternate, formatSpread, quantile, ratio } from '#test/bench/measure.ts';
import { applyRequest, FILE, other, routeTo, UP_ARGUMENTS, type Version } from '#test/bench/route-change.ts';
import { freePorts } from '#test/free-ports.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const ROUNDS = 50;
const REQUESTS = 20_000;
const CONNECTIONS = 16;
/** Server side: a write of one object until every Envoy has it. */
const AIM_MILLISECONDS = 40;
const AIM_GET_MILLISECONDS = 150;
const SHOWN_VIOLATIONS = 10;

type Milliseconds = Record<'bare' | 'api' | 'client' | 'cli' | 'get', number[]>;

const NAMES: Readonly<Record<keyof Milliseconds, string>> = {
  bare: 'one bare Envoy: a route file renamed until a request sees it',
  api: 'a write to the Kubernetes API until every Envoy has it',
  client: "apply through the runner's interface until every Envoy has it",
  cli: 'kubectl apply -f FILE, the whole command',
  get: 'kubectl get pods, the whole command',
};

export const apply: Benchmark = {
  name: 'apply',
  title: 'a changed route until it is live in every Envoy, and what requests see meanwhile',
  async run(session) {
    const { progress } = session;
    progress('starting a mesh');
    const mesh = await startOwnMesh(...UP_ARGUMENTS);
    try {
      const milliseconds = await measure(mesh, session);
      const applied = (count: number) => progress(`under load: apply ${count} of ${ROUNDS}`);
      const options = { requests: REQUESTS, applies: ROUNDS, connections: CONNECTIONS, applied };
      return resultOf(milliseconds, await applyUnderLoad({ mesh, ...options }));
    } finally {
      await mesh.close();
    }
  },
};

async function measure(mesh: OwnMesh, { progress, folder }: BenchSession): Promise<Milliseconds> {
  const envoy = await bareEnvoy(folder);
  const file = join(folder, FILE);
  const next = inTurn();
  try {
    await envoy.process.answers(envoy.url);
    const variants = {
      bare: () => timed(() => changeBare(envoy)),
      api: () => timed(() => changeByApi(mesh, next())),
      client: () => timed(() => changeByClient(mesh, next())),
      cli: async () => {
        await writeFile(file, routeTo(next()));
        return timed(() => mesh.kubectl('apply', '-f', file));
      },
      get: () => timed(() => mesh.kubectl('get', 'pods')),
    };
    const started = (_: string, round: number) => progress(`idle: round ${round} of ${ROUNDS}`);
    return await alternate(variants, { rounds: ROUNDS, started });
  } finally {
    await envoy.process.stop();
  }
}

async function bareEnvoy(parent: string): Promise<BareEnvoy> {
  const envoy = await envoyBinary({ env: process.env });
  const [port = 0] = await freePorts(1);
  return startBareEnvoy({ envoy, port, folder: await mkdtemp(join(parent, 'envoy-')) });
}

/** A version that differs from the one before: an unchanged rule would be no work. */
function inTurn(): () => Version {
  let version: Version = 'prod';
  return () => {
    version = other(version);
    return version;
  };
}

async function timed(change: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await change();
  return performance.now() - startedAt;
}

async function changeByClient({ client }: OwnMesh, version: Version): Promise<void> {
  const { diagnostics } = await client.apply(applyRequest(version));
  if (hasErrors(diagnostics)) throw new Error(`the rule was refused: ${JSON.stringify(diagnostics)}`);
}

async function changeByApi({ kube }: OwnMesh, version: Version): Promise<void> {
  const { spec } = parse(routeTo(version)) as { readonly spec: object };
  await kube.patch('virtualservices.networking.istio.io', 'middleware', { spec });
}

/** Envoy's own share: without a runner, a model or an acknowledgement. */
async function changeBare({ url, answer }: BareEnvoy): Promise<void> {
  const text = randomUUID();
  await answer(text);
  let seen = '';
  while (seen !== text) seen = await (await request(url)).body.text();
}

function resultOf(milliseconds: Milliseconds, load: UnderLoadResult): BenchResult {
  return {
    tables: [idleTable(milliseconds), loadTable(load)],
    aims: [
      {
        text: `a write live in every Envoy at a median of at most ${AIM_MILLISECONDS} ms`,
        measured: `${quantile(milliseconds.api, 0.5).toFixed(0)} ms`,
        met: quantile(milliseconds.api, 0.5) <= AIM_MILLISECONDS,
      },
      {
        text: `kubectl get pods at a median of at most ${AIM_GET_MILLISECONDS} ms`,
        measured: `${quantile(milliseconds.get, 0.5).toFixed(0)} ms`,
        met: quantile(milliseconds.get, 0.5) <= AIM_GET_MILLISECONDS,
      },
      {
        text: 'under load no request fails and each follows the rule',
        measured: `${load.violations.length} of ${load.requests} did not`,
        met: load.violations.length === 0,
      },
    ],
    notes: load.violations.slice(0, SHOWN_VIOLATIONS),
  };
}

function idleTable(milliseconds: Milliseconds): BenchTable {
  const names = Object.keys(NAMES) as (keyof Milliseconds)[];
  const rows = names.map((name) => {
    const values = milliseconds[name];
    const numbers = [quantile(values, 0.5), quantile(values, 0.95)].map((value) => value.toFixed(0));
    return [NAMES[name], ...numbers, formatSpread(ratio(values, milliseconds.bare))];
  });
  return { title: `${ROUNDS} rounds without load`, head: ['', 'median ms', 'p95 ms', '× bare'], rows };
}

function loadTable(load: UnderLoadResult): BenchTable {
  const { requests, perSecond, decided, served, violations, applyMilliseconds } = load;
  const rows = [
    ['requests through the gateway', String(requests)],
    ['requests/s', perSecond.toFixed(0)],
    ['served by prod / canary', `${served.prod} / ${served.canary}`],
    ['requests that only one version may serve', String(decided)],
    ['failed or served by the wrong version', String(violations.length)],
    ['apply, median ms', quantile(applyMilliseconds, 0.5).toFixed(0)],
    ['apply, p95 ms', quantile(applyMilliseconds, 0.95).toFixed(0)],
  ];
  return {
    title: `${applyMilliseconds.length} applies under load, ${CONNECTIONS} connections`,
    head: ['', ''],
    rows,
  };
}
