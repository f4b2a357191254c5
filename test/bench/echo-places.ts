import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import type { BenchSession } from '#test/bench/benchmark.ts';
import { TUNING } from '#test/bench/chain-processes.ts';
import { echoLoad } from '#test/bench/echo-load.ts';
import { startProgram } from '#test/bench/program.ts';
import { freePorts } from '#test/free-ports.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

/** By what a line passes on its way to tcp-echo. */
export const WAYS = ['direct', 'gateway, sidecar', 'sidecar, sidecar'] as const;
export type Way = (typeof WAYS)[number];

/** Two tcp-echos: a process alone, and one in a mesh. */
export interface EchoPlaces {
  /** Ports of loopback at which the ways begin. */
  readonly ports: Readonly<Record<Way, number>>;
  stop(): Promise<void>;
}

const MESH = ['k8s/tcp-echo.yaml', 'k8s/curl.yaml', 'istio/tcp-echo/tcp-echo-all-v1.yaml'];
const POLL = 20;
const PATIENCE = 30_000;

/** Starts both, and waits until a line comes back by each way. */
export async function startEchoPlaces({ progress, folder }: BenchSession): Promise<EchoPlaces> {
  const [direct = 0] = await freePorts(1);
  progress('starting tcp-echo');
  const program = startProgram({
    command: process.execPath,
    args: [TUNING, join(ROOT, 'services/tcp-echo/main.ts'), String(direct), 'one'],
    env: { HOST: '127.0.0.1', SHUTDOWN_DELAY: '0s', NODE_COMPILE_CACHE: compileCache },
    log: join(folder, 'tcp-echo.log'),
  });
  let mesh: OwnMesh | undefined;
  const stop = async () => void (await Promise.all([program.stop(), mesh?.close()]));
  try {
    progress('mesh up');
    mesh = await startOwnMesh(...MESH.flatMap((file) => ['--filename', file]), '--traces-to', 'none');
    // One replica answers, as without the mesh.
    await mesh.kubectl('delete', 'deployment', 'tcp-echo-v2');
    const ports = { direct, ...(await meshPorts(mesh)) };
    for (const way of WAYS) await answered(ports[way]);
    return { ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function meshPorts(mesh: OwnMesh): Promise<Record<Exclude<Way, 'direct'>, number>> {
  const { urls } = await mesh.client.overview();
  const gateway = /:(\d+)$/.exec(urls.find(({ name }) => name === 'gateway port 31400')?.url ?? '')?.[1];
  // What curl's pod would connect to is a port of its sidecar.
  const hostMap = await mesh.kubectl('exec', 'deploy/curl', '--', 'printenv', 'HOST_MAP');
  const sidecar = /(?:^|,)tcp-echo:9000=127\.0\.0\.1:(\d+)/.exec(hostMap)?.[1];
  if (gateway === undefined || sidecar === undefined) throw new Error('the mesh has no way to tcp-echo');
  return { 'gateway, sidecar': Number(gateway), 'sidecar, sidecar': Number(sidecar) };
}

/** Resolves when a line has come back. */
async function answered(port: number): Promise<void> {
  const one = { host: '127.0.0.1', port, connections: 1, lineBytes: 16, seconds: 0 };
  for (const deadline = performance.now() + PATIENCE; ; await sleep(POLL)) {
    const error = await echoLoad(one).then(() => undefined, String);
    if (error === undefined) return;
    if (performance.now() > deadline) throw new Error(`tcp-echo does not answer at port ${port}: ${error}`);
  }
}
