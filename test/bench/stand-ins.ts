import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { runnerOf, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { alternate, formatSpread, ratio, spread } from '#test/bench/measure.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

const DEPLOYMENTS = 30;
const ROUNDS = 3;
const AIM_SECONDS = 12;
const AIM_MEGABYTES = 1_500;

interface Up {
  readonly seconds: number;
  readonly megabytes: number;
}

export const standIns: Benchmark = {
  name: 'stand-ins',
  title: `mesh up of ${DEPLOYMENTS} Deployments whose images nothing here knows, beside that of the chain`,
  async run({ progress, folder }) {
    const file = join(folder, 'shop.yaml');
    writeFileSync(file, Array.from({ length: DEPLOYMENTS }, (_, index) => deployment(index)).join('---\n'));
    const variants = {
      'stand-ins': () => up('--filename', file, '--traces-to', 'none'),
      chain: () => up('--traces-to', 'none'),
    };
    const started = (name: string, round: number) => progress(`round ${round} of ${ROUNDS}: ${name}`);
    return resultOf(await alternate(variants, { rounds: ROUNDS, started }));
  },
};

function deployment(index: number): string {
  const name = `service-${index}`;
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: app, image: "shop.example/${name}:1", ports: [{containerPort: 8080}]}]}
`;
}

async function up(...upArguments: readonly string[]): Promise<Up> {
  const startedAt = performance.now();
  const mesh = await startOwnMesh(...upArguments);
  const seconds = (performance.now() - startedAt) / 1000;
  try {
    return { seconds, megabytes: megabytesOf(mesh) };
  } finally {
    await mesh.close();
  }
}

/** Of all processes of the mesh together: what they share counts once, where the system tells it (PSS). */
function megabytesOf({ env }: OwnMesh): number {
  const runner = runnerOf(stateDirectory(env, ROOT));
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  const own = lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, group]) => group === runner);
  const kibibytes = own.map(([pid = 0, , resident = 0]) => proportional(pid) ?? resident);
  return (kibibytes.reduce((sum, size) => sum + size, 0) * 1024) / 1e6;
}

function proportional(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const found = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return found ? Number(found[1]) : undefined;
}

function resultOf(measured: Record<'stand-ins' | 'chain', Up[]>): BenchResult {
  const seconds = (name: keyof typeof measured) => measured[name].map((one) => one.seconds);
  const megabytes = (name: keyof typeof measured) => measured[name].map((one) => one.megabytes);
  const rows = (['stand-ins', 'chain'] as const).map((name) => [
    name === 'chain' ? 'chain (4 services)' : `${DEPLOYMENTS} stand-ins`,
    formatSpread(spread(seconds(name))),
    formatSpread(ratio(seconds(name), seconds('chain'))),
    formatSpread(spread(megabytes(name))),
  ]);
  const [time, memory] = [spread(seconds('stand-ins')), spread(megabytes('stand-ins'))];
  return {
    tables: [
      { title: `median of ${ROUNDS} rounds (min … max)`, head: ['', 'seconds', '× chain', 'MB'], rows },
    ],
    aims: [
      {
        text: `${DEPLOYMENTS} Deployments with stand-ins up in under ${AIM_SECONDS} s on 2 cores`,
        measured: formatSpread(time),
        met: time.median < AIM_SECONDS,
      },
      { text: `in ${AIM_MEGABYTES} MB`, measured: formatSpread(memory), met: memory.median < AIM_MEGABYTES },
    ],
  };
}
