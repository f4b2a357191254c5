import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { programBinary } from '#mesh/kubelet/binary/program-binary.ts';
import { redisProgram } from '#mesh/kubelet/binary/programs.ts';
import { needs } from '#test/components/component.ts';
import { redis } from '#test/components/redis.ts';
import { freePorts } from '#test/free-ports.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const IMAGE = join(import.meta.dirname, '../bin/images/redis');
const APPENDING = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];

describe('what plays the image redis', { ...needs(redis), timeout: 30_000 }, () => {
  async function run(args: readonly string[], env: Record<string, string>, declared = 6379) {
    const [port = 0] = await freePorts(1);
    const PROGRAM = await programBinary(redisProgram, { env: process.env });
    const child = spawn(IMAGE, args, {
      env: { PATH: process.env['PATH'] ?? '', PROGRAM, PORT_MAP: `80:1,${declared}:${port}`, ...env },
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

  test('listens at the local port that stands for the one in its arguments', async () => {
    const { client } = await run(['redis-server', '--port', '7000'], {}, 7000);
    expect(await client.ping()).toBe('PONG');
  });

  test('reads the file of settings that its command names, where a volume holds it', async () => {
    const folder = temporaryDirectory();
    writeFileSync(
      join(folder, 'redis.conf'),
      'maxmemory 7mb\nport 1\ndaemonize yes\nlogfile /nowhere/log\ndir /nowhere\n',
    );
    const VOLUME_MAP = `/data-of-others=/nowhere\n/redis-master=${folder}`;
    const command = [
      'docker-entrypoint.sh',
      'redis-server',
      '/redis-master/redis.conf',
      '--maxclients',
      '77',
    ];
    const { client } = await run(command, { VOLUME_MAP });
    expect(await client.configGet('max*')).toMatchObject({ maxmemory: '7340032', maxclients: '77' });
  });

  test.each([
    ['a file that no volume holds', ['redis-server', '/etc/redis.conf']],
    ["a shell's script", ['sh', '-c', 'touch /tmp/mesh101-not-run && redis-server']],
  ])('starts without %s', async (_, command) => {
    const { client } = await run(command, {});
    expect(await client.ping()).toBe('PONG');
    expect(existsSync('/tmp/mesh101-not-run')).toBe(false);
  });

  test('without a volume it leaves nothing behind', async () => {
    const folder = temporaryDirectory();
    const { client, end } = await run(APPENDING, { TMPDIR: folder });
    await client.set('greeting', 'hello');
    expect(await end('SIGTERM')).toEqual([0, null]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
