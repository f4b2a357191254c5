import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '#mesh/run/testing/eventually.ts';

export interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers with 200 as soon as the server is ready. */
  readonly readyUrl: string;
}

/** How long a server may take to start, in milliseconds: a Java program on a busy machine. */
const START = 90_000;
const TAIL = 4_000;

/** Starts a server and waits until it is ready; resolves with what ends it. */
export async function startServer({
  command,
  args,
  env,
  readyUrl,
}: ServerOptions): Promise<() => Promise<void>> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit').catch(() => undefined);
  let log = '';
  const note = (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-TAIL);
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const close = async () => {
    child.kill('SIGKILL');
    await exit;
  };
  const hasEnded = () => child.exitCode !== null || child.pid === undefined;
  try {
    if (
      !(await eventually(async () => hasEnded() || (await answers(readyUrl)), Boolean, START)) ||
      hasEnded()
    )
      throw new Error('it ended');
    return close;
  } catch (cause) {
    await close();
    throw new Error(`${command} did not get ready:\n${log}`, { cause });
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
