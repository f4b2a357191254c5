import { join } from 'node:path';
import process from 'node:process';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import { type Program, startProgram } from '#test/bench/program.ts';
import { freePorts } from '#test/free-ports.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What images.yaml gives Node for services. */
export const TUNING = '--max-semi-space-size=16';

export const PROGRAMS = {
  chain: join(ROOT, 'services/chain/main.ts'),
  bare: join(import.meta.dirname, 'bare-chain.ts'),
} as const;

export interface ChainOptions {
  readonly program: keyof typeof PROGRAMS;
  readonly tuned: boolean;
  /** Where the last hop's downstream answers. */
  readonly end: string;
  /** More variables for each hop. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder for the logs. */
  readonly folder: string;
}

/** A running chain without sidecars. */
export interface RunningChain {
  /** Of the frontend. */
  readonly url: string;
  readonly hops: readonly { readonly name: string; readonly pid: number }[];
  stop(): Promise<void>;
}

const HOPS = ['backend', 'middleware', 'frontend'];

/** Starts frontend → middleware → backend → `end` as processes, logs and metrics on, and waits for a whole answer. */
export async function startChain({
  program,
  tuned,
  end,
  env: more = {},
  folder,
}: ChainOptions): Promise<RunningChain> {
  const ports = await freePorts(HOPS.length);
  const args = [...(tuned ? [TUNING] : []), PROGRAMS[program]];
  let url = end;
  const hops: { name: string; pid: number; process: Program }[] = [];
  for (const [index, name] of HOPS.entries()) {
    const PORT = String(ports[index]);
    const env = {
      ...{ SERVICE_NAME: name, UPSTREAM_URI: url, PORT, HOST: '127.0.0.1', SHUTDOWN_DELAY: '0s' },
      // As the mesh does.
      NODE_COMPILE_CACHE: compileCache,
      ...more,
    };
    const log = join(folder, `${program}-${tuned ? 'tuned' : 'untuned'}-${PORT}-${name}.log`);
    const started = startProgram({ command: process.execPath, args, env, log });
    url = `http://127.0.0.1:${PORT}/`;
    hops.push({ name, pid: started.pid, process: started });
  }
  const stop = async () => void (await Promise.all(hops.map((hop) => hop.process.stop())));
  try {
    for (const [index, hop] of hops.entries()) await hop.process.answers(`http://127.0.0.1:${ports[index]}/`);
    return { url, hops, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A server that a benchmark needs. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The end of the chain. */
export function startStub(folder: string): Promise<RunningServer> {
  return startServer('stub', folder);
}

/** Where spans go. */
export function startTraceSink(folder: string): Promise<RunningServer> {
  return startServer('trace-sink', folder);
}

/** Starts `name`.ts of this folder, which listens on PORT, and waits for its first answer. */
export async function startServer(name: string, folder: string): Promise<RunningServer> {
  const [port] = await freePorts(1);
  const args = [TUNING, join(import.meta.dirname, `${name}.ts`)];
  const log = join(folder, `${name}.log`);
  const server = startProgram({ command: process.execPath, args, env: { PORT: String(port) }, log });
  const url = `http://127.0.0.1:${port}/`;
  await server.answers(url);
  return { url, stop: () => server.stop() };
}
