import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { execProcess } from './exec-process.ts';
import type { WindowSize } from './terminal.ts';

const PATH = process.env['PATH'] ?? '';

interface Started {
  code: Promise<number>;
  stdin: PassThrough;
  stdout: PassThrough;
  stderr: PassThrough;
  sizes: PassThrough;
  client: AbortController;
  container: AbortController;
}

function start(argv: string[], { tty = false, cwd = '/', env = {} } = {}): Started {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const sizes = new PassThrough({ objectMode: true });
  const [client, container] = [new AbortController(), new AbortController()];
  const io = {
    stdin,
    stdout,
    ...(!tty && { stderr }),
    tty,
    sizes: sizes as AsyncIterable<WindowSize>,
    signal: client.signal,
    ended: container.signal,
  };
  const code = execProcess({ argv, env: { PATH, ...env }, cwd }, io).finally(() => {
    stdout.end();
    stderr.end();
  });
  return { code, stdin, stdout, stderr, sizes, client, container };
}

async function run(
  argv: string[],
  options: { tty?: boolean; cwd?: string; env?: Record<string, string> } = {},
) {
  const { code, stdin, stdout, stderr, sizes } = start(argv, options);
  stdin.end();
  sizes.end();
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  return { code: await code, out, err };
}

/** Reads until the text is there, and resolves with all of it. */
async function until(stream: Readable, pattern: RegExp): Promise<string> {
  let all = '';
  while (!pattern.test(all)) {
    const piece: unknown = stream.read();
    if (piece === null) await once(stream, 'readable');
    else all += piece;
  }
  return all;
}

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a command', () => {
  it('has the environment, folder and arguments it is given, and nothing else', async () => {
    const { out } = await run(['sh', '-c', 'echo "$GREETING $1 $HOME"; pwd', 'sh', 'a b'], {
      cwd: '/usr',
      env: { GREETING: 'hello' },
    });
    expect(out).toBe('hello a b \n/usr\n');
  });

  it('keeps its two outputs apart and ends with its exit code', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
      code: 7,
      out: 'out\n',
      err: 'err\n',
    });
  });

  it('that a signal ends has 128 and the signal as its code', async () => {
    expect((await run(['sh', '-c', 'kill -TERM $$'])).code).toBe(143);
  });

  it('sees the end of its input', async () => {
    const { code, stdin, stdout } = start(['sh', '-c', 'cat; echo end']);
    stdin.end('input\n');
    expect(await text(stdout)).toBe('input\nend\n');
    expect(await code).toBe(0);
  });

  it.runIf(process.platform === 'linux')('can open its outputs by name, as in a container', async () => {
    const { code, out, err } = await run(['sh', '-c', 'echo out >/dev/stdout; echo err >/dev/stderr']);
    expect([code, out, err]).toEqual([0, 'out\n', 'err\n']);
  });

  it('may end before its input has', async () => {
    const { code, stdin, stdout } = start(['head', '-c', '3']);
    Readable.from([Buffer.alloc(1_000_000, 'a')]).pipe(stdin);
    expect(await text(stdout)).toBe('aaa');
    expect(await code).toBe(0);
  });

  it('takes what it leaves in the background with it', async () => {
    const { code, out } = await run(['sh', '-c', 'sleep 1000 & echo $!']);
    expect(code).toBe(0);
    await expect.poll(() => alive(Number(out))).toBe(false);
  });

  it.each([false, true])('ends with its client, though it does not want to (terminal: %s)', async (tty) => {
    const { code, client, stdout } = start(
      ['sh', '-c', "trap '' HUP TERM; sleep 1000 & echo $! $$; wait; sleep 1000"],
      { tty },
    );
    const pids = (await until(stdout, /\d+ \d+\r?\n/)).trim().split(' ').map(Number);
    client.abort();
    expect(await code).toBe(137);
    await expect.poll(() => pids.filter(alive)).toEqual([]);
  });

  it.each([false, true])(
    'ends with its container, all that it has started too (terminal: %s)',
    async (tty) => {
      const { code, container, stdout } = start(['sh', '-c', 'sleep 1000 & echo $! $$; wait'], { tty });
      const pids = (await until(stdout, /\d+ \d+\r?\n/)).trim().split(' ').map(Number);
      container.abort();
      expect(await code).toBeGreaterThan(128);
      await expect.poll(() => pids.filter(alive)).toEqual([]);
    },
  );

  it('ends with a client that reads nothing', async () => {
    const { code, client } = start(['yes']);
    client.abort();
    expect(await code).toBe(143);
  });
});

describe('a command that cannot start', () => {
  const prefix =
    'error executing command in container: failed to exec in container: exec failed: unable to start container process: ';

  it.each([
    ['no-such-program', 'exec: "no-such-program": executable file not found in $PATH'],
    ['/no/such/program', 'exec: "/no/such/program": stat /no/such/program: no such file or directory'],
    ['/etc/passwd', 'exec: "/etc/passwd": permission denied'],
    ['/usr', 'exec: "/usr": permission denied'],
  ])('for %s says why', async (name, message) => {
    await expect(run([name])).rejects.toThrow(`${prefix}${message}`);
    await expect(run([name], { tty: true })).rejects.toThrow(`${prefix}${message}`);
  });

  it('for its folder says which', async () => {
    await expect(run(['true'], { cwd: '/no/such/folder' })).rejects.toThrow(
      `${prefix}chdir to cwd ("/no/such/folder") set in config.json failed: no such file or directory`,
    );
  });

  it('is looked for in the folder that a relative path means', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    await writeFile(join(folder, 'tool'), '#!/bin/sh\necho ran $0\n', { mode: 0o755 });
    expect(await run(['./tool'], { cwd: folder })).toMatchObject({
      code: 0,
      out: `ran ${join(folder, 'tool')}\n`,
    });
    await rm(folder, { recursive: true });
  });
});

describe('a terminal', () => {
  it('has the size that its client has from the start', async () => {
    const { code, stdout, sizes } = start(['sh', '-c', 'stty size; exit 3'], { tty: true });
    sizes.end({ width: 101, height: 33 });
    expect(await until(stdout, /\n/)).toBe('33 101\r\n');
    expect(await code).toBe(3);
  });

  it('tells its program of a new size by SIGWINCH', async () => {
    const program = 'trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.05; done';
    const { code, stdout, sizes } = start(['sh', '-c', program], { tty: true });
    sizes.write({ width: 80, height: 24 });
    await until(stdout, /ready/);
    sizes.write({ width: 64, height: 20 });
    expect(await until(stdout, /20 64/)).toContain('20 64');
    expect(await code).toBe(5);
  });

  it('is one: the program sees it, TERM is set, and Ctrl-C interrupts', async () => {
    const { code, stdin, stdout } = start(
      ['sh', '-c', 'test -t 0 && test -t 1 && echo $TERM; exec sleep 1000'],
      { tty: true },
    );
    expect(await until(stdout, /\n/)).toBe('xterm\r\n');
    stdin.write('\x03');
    expect(await code).toBe(130);
  });

  it('lets Ctrl-C through while nobody reads what the program writes', async () => {
    const { code, stdin, stdout } = start(['yes'], { tty: true });
    await once(stdout, 'readable');
    await expect.poll(() => stdout.writableNeedDrain).toBe(true);
    stdin.write('\x03');
    stdout.resume();
    expect(await code).toBe(130);
  });

  it('hands over all that was written before the end', async () => {
    const { stdin, code, stdout, sizes } = start(['sh', '-c', 'stty raw; head -c 5000000 /dev/zero'], {
      tty: true,
    });
    stdin.end();
    sizes.end();
    expect(await buffer(stdout)).toHaveLength(5_000_000);
    expect(await code).toBe(0);
  });

  it('ends though a background job goes on writing', async () => {
    const { code, stdin, stdout } = start(['sh', '-c', 'set -m; yes & read line; exit 6'], { tty: true });
    await once(stdout.resume(), 'data');
    stdin.write('go\n');
    expect(await code).toBe(6);
  });

  it('takes the background jobs of an interactive shell with it', async () => {
    const { code, out } = await run(['sh', '-c', 'set -m; sleep 1000 & echo pid=$!'], { tty: true });
    expect(code).toBe(0);
    await expect.poll(() => alive(Number(/pid=(\d+)/.exec(out)?.[1]))).toBe(false);
  });
});
