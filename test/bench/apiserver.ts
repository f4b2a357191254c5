import { join } from 'node:path';
import { runnerOf, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { type Draft, KubeClient } from '#mesh/run/testing/kube-client.ts';
import type { Benchmark, BenchResult, BenchSession } from '#test/bench/benchmark.ts';
import { formatSpread, quantile, ratio, spread } from '#test/bench/measure.ts';
import { residentMegabytes } from '#test/bench/process-use.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

const OBJECTS = 2_000;
const WATCHES = 200;
const WRITES = 50;
const AT_ONCE = 8;
const AIM_MILLISECONDS = 40;

const routes = 'virtualservices.networking.istio.io';

interface Reading {
  readonly megabytes: number;
  /** Of one write each, in milliseconds. */
  readonly configMap: readonly number[];
  readonly route: readonly number[];
}

export const apiserver: Benchmark = {
  name: 'apiserver',
  title: `the Kubernetes API with ${OBJECTS} objects and ${WATCHES} watches`,
  async run(session) {
    session.progress('starting a mesh');
    const mesh = await startOwnMesh();
    try {
      return await measured(mesh, session);
    } finally {
      await mesh.close();
    }
  },
};

async function measured(mesh: OwnMesh, { progress }: BenchSession): Promise<BenchResult> {
  const { kube } = mesh;
  await kube.create('configmaps', configMap('measured'));
  await kube.create(routes, route);
  progress(`${WRITES} writes into an empty mesh`);
  const empty = await reading(mesh);
  await inParallel(OBJECTS, async (index) => {
    progress(`object ${index} of ${OBJECTS}`);
    await kube.create('configmaps', configMap(`object-${index}`));
  });
  progress(`${WRITES} writes beside ${OBJECTS} objects`);
  const full = await reading(mesh);
  const watches = new Watches(join(mesh.env['MESH_HOME'] ?? '', 'kubeconfig'));
  progress(`opening ${WATCHES} watches`);
  await watches.open(WATCHES);
  try {
    progress(`${WRITES} writes that ${WATCHES} watches hear of`);
    const watched = await reading(mesh);
    const heard: number[] = [];
    for (let count = 0; count < WRITES; count += 1)
      heard.push(await watches.hearing(() => write(kube, count)));
    return resultOf({ empty, full, watched, heard });
  } finally {
    await watches.close();
  }
}

function configMap(name: string): Draft {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(1_000) } };
}

const route: Draft = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'measured' },
  spec: { hosts: ['middleware'], http: [{ route: [{ destination: { host: 'middleware' } }] }] },
};

async function reading({ kube, env }: OwnMesh): Promise<Reading> {
  const runner = runnerOf(stateDirectory(env, ROOT));
  if (runner === undefined) throw new Error('the mesh has no runner');
  const timedWrites = async (task: (count: number) => Promise<unknown>) => {
    const all: number[] = [];
    for (let count = 0; count < WRITES; count += 1) all.push(await timed(() => task(count)));
    return all;
  };
  const configMapWrites = await timedWrites((count) => write(kube, count));
  const routeWrites = await timedWrites((count) =>
    kube.patch(routes, 'measured', { spec: { http: [{ ...ruleTo(count) }] } }),
  );
  return { megabytes: residentMegabytes(runner), configMap: configMapWrites, route: routeWrites };
}

function ruleTo(count: number) {
  return { timeout: `${1 + (count % 7)}s`, route: [{ destination: { host: 'middleware' } }] };
}

let last = 0;

/** Always another text: a write of what is there would be no work. */
function write(kube: KubeClient, count: number): Promise<unknown> {
  last += 1;
  return kube.patch('configmaps', 'measured', { data: { count: `${count} ${last}` } });
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

async function inParallel(count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await task(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Many clients that watch the same objects. */
class Watches {
  readonly #kube: KubeClient;
  #events = 0;
  #count = 0;
  #waiting: { readonly events: number; readonly resolve: () => void } | undefined;

  constructor(kubeconfig: string) {
    this.#kube = new KubeClient(kubeconfig);
  }

  async open(count: number): Promise<void> {
    this.#count = count;
    for (let index = 0; index < count; index += 1) void this.#read(await this.#kube.watch('configmaps'));
  }

  async #read(stream: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const _ of stream) {
        this.#events += 1;
        if (this.#waiting && this.#events >= this.#waiting.events) this.#waiting.resolve();
      }
    } catch {
      // The client was closed.
    }
  }

  /** How long it takes until every watch has heard of one write, in milliseconds. */
  async hearing(task: () => Promise<unknown>): Promise<number> {
    const heard = Promise.withResolvers<void>();
    this.#waiting = { events: this.#events + this.#count, resolve: heard.resolve };
    return timed(() => Promise.all([task(), heard.promise]));
  }

  close(): Promise<void> {
    return this.#kube.close();
  }
}

interface Readings {
  readonly empty: Reading;
  readonly full: Reading;
  readonly watched: Reading;
  readonly heard: readonly number[];
}

function resultOf({ empty, full, watched, heard }: Readings): BenchResult {
  const row = (name: string, { megabytes, configMap: maps, route: rules }: Reading) => [
    ...[name, formatSpread(spread(maps)), formatSpread(spread(rules)), megabytes.toFixed(0)],
  ];
  const median = quantile(watched.route, 0.5);
  const rows = [
    row('an empty mesh', empty),
    row(`${OBJECTS} objects`, full),
    row(`${OBJECTS} objects, ${WATCHES} watches`, watched),
  ];
  return {
    tables: [
      {
        title: 'one write, ms; the runner, MB resident',
        head: ['', 'a ConfigMap', 'a route, until every Envoy has it', 'MB'],
        rows,
      },
    ],
    aims: [
      {
        text: `a route is live in every Envoy within ${AIM_MILLISECONDS} ms (median), whatever else is stored and watched`,
        measured: `${median.toFixed(0)} ms, ${ratio(watched.route, empty.route).median.toFixed(2)} times as long as in an empty mesh`,
        met: median <= AIM_MILLISECONDS,
      },
    ],
    notes: [`all ${WATCHES} watches have heard of a write after ${formatSpread(spread(heard))} ms`],
  };
}
