import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programBinary } from '#mesh/kubelet/binary/program-binary.ts';
import { redisProgram } from '#mesh/kubelet/binary/programs.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type Component, missing } from '#test/components/component.ts';
import { freePorts } from '#test/free-ports.ts';

const server: string | undefined = await programBinary(redisProgram, { env: process.env }).catch(
  () => undefined,
);

/** Most machines can fetch one (mesh/kubelet/binary/redis-program.ts). */
export const redis: Component = { name: 'Redis', isThere: server !== undefined, fix: redisProgram.fix };

/** A real Redis server on the loopback, with the options of k8s/redis.yaml and its data in a folder of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Starts it, again where it was killed; resolves when it accepts connections. */
  start(): Promise<void>;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Leaves its connections open and answers nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

export async function createRedis(options: readonly string[]): Promise<RedisServer> {
  if (server === undefined) throw missing(redis);
  const folder = mkdtempSync(join(tmpdir(), 'mesh101-redis-'));
  const [port = 0] = await freePorts(1);
  const args = [...options, '--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  let child: ChildProcess | undefined;
  const running: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async start() {
      child = spawn(server, args, { stdio: 'ignore' });
      if (!(await eventually(() => accepts(port), Boolean, 20_000))) throw new Error('Redis did not start');
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async close() {
      await running.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await running.start();
  return running;
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
