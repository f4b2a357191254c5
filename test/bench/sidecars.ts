import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { generateLoad } from '#test/bench/generate-load.ts';
import { cpuSeconds, residentMegabytes } from '#test/bench/process-use.ts';
import { startOwnMesh } from '#test/own-mesh.ts';

const CONNECTIONS = 16;
const WARM_UP_SECONDS = 3;
const SECONDS = 10;

interface EnvoyProcess {
  readonly name: string;
  readonly pid: number;
}

interface EnvoyUse extends EnvoyProcess {
  readonly cpu: number;
  readonly megabytes: number;
}

/** What the Envoys themselves cost: their CPU time for each request that crosses the chain. */
export const sidecars: Benchmark = {
  name: 'sidecars',
  title: `CPU time of each Envoy for a request through the gateway and the chain, ${CONNECTIONS} connections`,
  async run({ progress }) {
    progress('mesh up');
    const mesh = await startOwnMesh('--traces-to', 'none');
    try {
      const envoys = envoysBelow(mesh.env['MESH_HOME'] ?? '');
      if (envoys.length === 0) throw new Error('the Envoys are found in /proc, which only Linux has');
      const load = { url: mesh.gatewayUrl, connections: CONNECTIONS };
      progress('warming up');
      await generateLoad({ ...load, seconds: WARM_UP_SECONDS });
      const before = envoys.map(({ pid }) => cpuSeconds([pid]) ?? 0);
      progress(`${SECONDS} s of load`);
      const { requests, seconds } = await generateLoad({ ...load, seconds: SECONDS });
      const used = envoys.map((envoy, index) => ({
        ...envoy,
        cpu: (((cpuSeconds([envoy.pid]) ?? 0) - (before[index] ?? 0)) / requests) * 1e6,
        megabytes: residentMegabytes(envoy.pid),
      }));
      return resultOf(used, requests / seconds);
    } finally {
      await mesh.close();
    }
  },
};

/** Each Envoy runs in its folder of the mesh's state, which is named after its pod. */
function envoysBelow(home: string): readonly EnvoyProcess[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids
    .flatMap((pid) => {
      const folder = folderOf(pid);
      return folder.startsWith(`${home}/`) && commandOf(pid).includes('envoy')
        ? [{ name: basename(folder), pid: Number(pid) }]
        : [];
    })
    .sort((left, right) => left.name.localeCompare(right.name));
}

/** Empty for a process that has ended meanwhile or is another user's. */
function folderOf(pid: string): string {
  return linkOf(`/proc/${pid}/cwd`);
}

function commandOf(pid: string): string {
  return linkOf(`/proc/${pid}/exe`);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function resultOf(used: readonly EnvoyUse[], perSecond: number): BenchResult {
  const sum = used.reduce((total, { cpu }) => total + cpu, 0);
  const rows = used.map(({ name, cpu, megabytes }) => [name, cpu.toFixed(0), megabytes.toFixed(0)]);
  return {
    tables: [
      {
        title: `${perSecond.toFixed(0)} requests/s`,
        head: ['Envoy', 'CPU µs/request', 'MB resident'],
        rows: [...rows, ['all', sum.toFixed(0), '']],
      },
    ],
    aims: [],
    notes: ['A request crosses the gateway, frontend, one of the two middlewares, and backend.'],
  };
}
