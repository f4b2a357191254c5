import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { programBinary } from '#mesh/run/binary/program-binary.ts';
import { redisProgram } from '#mesh/run/binary/redis-program.ts';
import { withoutRedis } from '#test/components/redis.ts';
import { freePorts } from '#test/components/server-process.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const IMAGE = join(import.meta.dirname, '../bin/images/redis');
const APPENDING = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];

describe.skipIf(withoutRedis)('what plays the image redis', { timeout: 30_000 }, () => {
  async function run(args: readonly string[], env: Record<string, string>) {
    const [port = 0] = await freePorts(1);
    const PROGRAM = await programBinary(redisProgram, { env: process.env });
    const child = spawn(IMAGE, args, {
      env: { PATH: process.env['PATH'] ?? '', PROGRAM, PORT_MAP: `80:1,6379:${port}`, ...env },
      stdio: 'ignore',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } });
    client.on('error', () => {});
    await vi.waitFor(() => client.connect(), { timeout: 10_000, interval: 50 });
    onTestFinished(() => client.destroy());
    const end = async (signal: NodeJS.Signals) => {
      const exit = once(child, 'exit');
      child.kill(signal);
      return exit;
    };
    return { client, end };
  }

  test('keeps its data in the folder of the volume, through kill -9, and ends with 0', async () => {
    const folder = temporaryDirectory();
    const VOLUME_MAP = `/other=/nowhere\n/data=${folder}`;
    const first = await run(['redis-server', ...APPENDING], { VOLUME_MAP });
    await first.client.set('greeting', 'hello');
    await first.end('SIGKILL');
    const second = await run(APPENDING, { VOLUME_MAP });
    expect(await second.client.get('greeting')).toBe('hello');
    expect(await second.end('SIGTERM')).toEqual([0, null]);
  });

  test('without a volume it leaves nothing behind', async () => {
    const folder = temporaryDirectory();
    const { client, end } = await run(APPENDING, { TMPDIR: folder });
    await client.set('greeting', 'hello');
    expect(await end('SIGTERM')).toEqual([0, null]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
