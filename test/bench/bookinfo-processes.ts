import { join } from 'node:path';
import process from 'node:process';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import { TUNING } from '#test/bench/chain-processes.ts';
import { type Program, startProgram } from '#test/bench/program.ts';
import { freePorts } from '#test/free-ports.ts';

const ROOT = join(import.meta.dirname, '../..');

/** In the order of their start: who is called comes first. */
const SERVICES = ['ratings', 'reviews', 'details', 'productpage'] as const;
type Service = (typeof SERVICES)[number];

/** Bookinfo without sidecars: one of each, reviews as v3. */
export interface RunningBookinfo {
  /** Of the page. */
  readonly url: string;
  readonly services: readonly { readonly name: Service; readonly pid: number }[];
  stop(): Promise<void>;
}

/** Starts the four services as processes, logs and metrics on, and waits until each is healthy. */
export async function startBookinfo(folder: string): Promise<RunningBookinfo> {
  const ports = Object.fromEntries(
    (await freePorts(SERVICES.length)).map((port, index) => [SERVICES[index], port]),
  ) as Record<Service, number>;
  const started: { name: Service; pid: number; program: Program }[] = [];
  const stop = async () => void (await Promise.all(started.map(({ program }) => program.stop())));
  try {
    for (const name of SERVICES) {
      const program = startProgram({
        command: process.execPath,
        args: [TUNING, join(ROOT, 'services', name, 'main.ts')],
        env: { ...variables(ports), PORT: String(ports[name]) },
        log: join(folder, `${name}.log`),
      });
      started.push({ name, pid: program.pid, program });
      await program.answers(`http://127.0.0.1:${ports[name]}/health`);
    }
    return { url: `http://127.0.0.1:${ports.productpage}/productpage`, services: started, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function variables(ports: Record<Service, number>): Readonly<Record<string, string>> {
  const places = SERVICES.flatMap((name) => [
    [`${name.toUpperCase()}_HOSTNAME`, '127.0.0.1'],
    [`${name.toUpperCase()}_SERVICE_PORT`, String(ports[name])],
  ]);
  return {
    ...Object.fromEntries(places),
    ...{ HOST: '127.0.0.1', SHUTDOWN_DELAY: '0s' },
    ...{ ENABLE_RATINGS: 'true', STAR_COLOR: 'red' },
    // As the mesh does.
    NODE_COMPILE_CACHE: compileCache,
  };
}
