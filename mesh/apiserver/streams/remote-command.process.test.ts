import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execProcess } from '#mesh/kubelet/exec-process.ts';
import { needs } from '#test/components/component.ts';
import { type FakeApiServer, fakeApiServer } from './testing/fake-api-server.ts';
import { kubectl, kubectlCommand, kubectlProgram, startKubectl } from './testing/kubectl.ts';

const PATH = process.env['PATH'] ?? '';
const LARGE = Buffer.alloc(50_000_000, createHash('sha512').update('seed').digest());
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let server: FakeApiServer;
const running = new Set<Promise<number>>();

beforeAll(async () => {
  server = await fakeApiServer(
    {
      exec: {
        run: (io, argv) => {
          if (argv[0] === 'broken') throw new Error('the container is gone');
          const code = execProcess({ argv, env: { PATH }, cwd: '/' }, io);
          running.add(code);
          return code;
        },
      },
      attach: {
        run: async ({ stdout }) => {
          stdout?.write('attached\n');
          return 0;
        },
      },
    },
    { tls: true },
  );
});
afterAll(async () => {
  await Promise.allSettled(running);
  expect(server.errors).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe.each([
  { websockets: true, protocol: 'v5.channel.k8s.io' },
  { websockets: false, protocol: 'SPDY/3.1' },
])('kubectl exec over $protocol', needs(kubectlProgram), ({ websockets, protocol }) => {
  const exec = (words: string[], stdin?: Readable) =>
    kubectl(
      { url: server.url, websockets, ...(stdin && { stdin }) },
      'exec',
      ...(stdin ? ['-i'] : []),
      'p',
      '--',
      ...words,
    );

  it('keeps stdout and stderr apart and exits as the command does', async () => {
    const { code, out, err } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([code, out.toString(), err]).toEqual([7, 'out\n', 'err\ncommand terminated with exit code 7\n']);
    expect(server.upgrades.at(-1)).toBe(`${protocol} exec`);
  });

  it('says that a command is not there', async () => {
    const { code, err } = await exec(['no-such-program']);
    expect(err).toMatch(
      /^error: Internal error occurred: .* exec: "no-such-program": executable file not found in \$PATH\n$/,
    );
    expect(code).toBe(1);
  });

  it('says what failed on the server', async () => {
    const { code, err } = await exec(['broken']);
    expect(err).toBe('error: Internal error occurred: the container is gone\n');
    expect(code).toBe(1);
  });

  it('carries 50 MB in and out without loss', async () => {
    const { code, out } = await exec(['cat'], Readable.from([LARGE]));
    expect([code, out.length, sha256(out)]).toEqual([0, LARGE.length, sha256(LARGE)]);
  });

  it('waits for a reader that is slow', async () => {
    const { child } = startKubectl(
      { url: server.url, websockets },
      'exec',
      'p',
      '--',
      'sh',
      '-c',
      'head -c 50000000 /dev/zero',
    );
    await once(child.stdout, 'readable');
    await new Promise((resolve) => setImmediate(resolve));
    expect(child.stdout.readableLength).toBeLessThan(1_000_000);
    expect(await buffer(child.stdout)).toHaveLength(50_000_000);
  });

  it('ends the input before the output', async () => {
    const { out } = await exec(['sh', '-c', 'cat; echo end'], Readable.from(['input\n']));
    expect(out.toString()).toBe('input\nend\n');
  });

  it('has its answer though the command did not want the input', async () => {
    const { code, out } = await exec(['sh', '-c', 'head -c 3; exit 4'], Readable.from([LARGE]));
    expect([code, out.length]).toEqual([4, 3]);
  });

  it('ends the command when the client goes', async () => {
    const { child } = startKubectl(
      { url: server.url, websockets },
      'exec',
      'p',
      '--',
      'sh',
      '-c',
      'echo started; exec sleep 1000',
    );
    await once(child.stdout, 'data');
    const code = [...running].at(-1);
    child.kill('SIGKILL');
    expect(await code).toBe(143);
  });

  it('attaches', async () => {
    const { out } = await kubectl({ url: server.url, websockets }, 'attach', 'p');
    expect(out.toString()).toBe('attached\n');
    expect(server.upgrades.at(-1)).toBe(`${protocol} attach`);
  });

  it('has a terminal of its own size, follows it, and interrupts with Ctrl-C', async () => {
    const { program, arguments: words, env } = kubectlCommand(server.url, { websockets });
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const sizes = new PassThrough({ objectMode: true });
    sizes.write({ width: 101, height: 33 });
    const script = 'trap "stty size; echo resized" WINCH; stty size; while :; do sleep 0.05; done';
    const argv = [program, ...words, 'exec', '-it', 'p', '--', 'sh', '-c', script];
    const { signal } = new AbortController();
    const code = execProcess({ argv, env, cwd: '/' }, { stdin, stdout, tty: true, sizes, signal });
    let seen = '';
    const reached = (what: string) =>
      new Promise<void>((resolve) => {
        const look = () => seen.includes(what) && resolve();
        stdout.on('data', look);
        look();
      });
    stdout.on('data', (piece) => {
      seen += piece;
    });
    await reached('33 101\r\n');
    sizes.write({ width: 64, height: 20 });
    await reached('20 64\r\nresized');
    stdin.write('\x03');
    expect(await code).toBe(130);
  });
});

describe('@kubernetes/client-node', () => {
  async function exec(command: string[], stdin?: Readable) {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'c', server: server.url, skipTLSVerify: true }, { name: 'u' });
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const { promise, resolve } = Promise.withResolvers<V1Status>();
    await new Exec(config).exec(
      'default',
      'p',
      'app',
      command,
      stdout,
      stderr,
      stdin ?? null,
      false,
      resolve,
    );
    promise.then(() => [stdout, stderr].forEach((stream) => void stream.end()));
    const [out, err, status] = await Promise.all([buffer(stdout), text(stderr), promise]);
    return { out, err, status };
  }

  it('gets outputs and the status', async () => {
    const { out, err, status } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([out.toString(), err]).toEqual(['out\n', 'err\n']);
    expect(status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
  });

  it('sends input, and its end', async () => {
    const { out, status } = await exec(['cat'], Readable.from([LARGE.subarray(0, 5_000_000)]));
    expect(sha256(out)).toBe(sha256(LARGE.subarray(0, 5_000_000)));
    expect(status.status).toBe('Success');
  });
});
