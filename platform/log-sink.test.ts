import fs from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LogSink } from '#platform/log-sink.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

type Write = (bytes: Buffer) => number;
const account = ({ lines, reason }: { lines: number; reason: string }) => `${lines} lost: ${reason}\n`;

/** A file system whose disk has so much space, in bytes. */
function disk(space: number) {
  const disk = { space, text: '', errors: [] as string[] };
  const take: Write = (bytes) => {
    const code = disk.errors.shift() ?? (disk.space === 0 ? 'ENOSPC' : undefined);
    if (code) throw Object.assign(new Error(code), { code });
    const taken = bytes.subarray(0, disk.space);
    disk.space -= taken.length;
    disk.text += taken.toString();
    return taken.length;
  };
  const system = {
    write(_fd: number, bytes: Buffer, offset: number, done: (error: Error | null, count: number) => void) {
      setImmediate(() => {
        try {
          done(null, take(bytes.subarray(offset)));
        } catch (error) {
          done(error as Error, 0);
        }
      });
    },
    writeSync: (_fd: number, bytes: Buffer, offset: number) => take(bytes.subarray(offset)),
  } as unknown as Pick<typeof fs, 'write' | 'writeSync'>;
  return { disk, system };
}

function sinkAt(space: number, options: { most?: number } = {}) {
  const { disk: at, system } = disk(space);
  const sink = new LogSink({ fd: 1, account, system, ...options });
  const flushed = () => new Promise<void>((resolve) => sink.flush(resolve));
  return { sink, flushed, at };
}

test('lines are written in their order', async () => {
  const { sink, flushed, at } = sinkAt(1_000);
  for (const line of ['one\n', 'two\n', 'three\n']) sink.write(line);
  await flushed();
  expect(at.text).toBe('one\ntwo\nthree\n');
  expect(sink.lost).toBe(0);
});

test('what a full disk does not take is dropped and counted, and told once there is room', async () => {
  const { sink, flushed, at } = sinkAt(0);
  sink.write('one\ntwo\n');
  await flushed();
  sink.write('three\n');
  await flushed();
  expect([sink.lost, at.text]).toEqual([3, '']);
  at.space = 1_000;
  sink.write('four\n');
  await flushed();
  sink.write('five\n');
  await flushed();
  expect([sink.lost, at.text]).toEqual([3, '3 lost: ENOSPC\nfour\nfive\n']);
});

test('a line that the disk took in part counts as lost, and its rest does not spoil the next', async () => {
  const { sink, flushed, at } = sinkAt(6);
  sink.write('one\ntwo\nthree\n');
  await flushed();
  expect([sink.lost, at.text]).toEqual([2, 'one\ntw']);
  at.space = 1_000;
  sink.write('four\n');
  await flushed();
  expect(at.text).toBe('one\ntw\n2 lost: ENOSPC\nfour\n');
});

test('the account of a loss that is lost itself is given later', async () => {
  const { sink, flushed, at } = sinkAt(0);
  sink.write('one\n');
  await flushed();
  at.space = 4;
  sink.write('two\n');
  await flushed();
  at.space = 1_000;
  sink.write('three\n');
  await flushed();
  expect([sink.lost, at.text]).toEqual([2, '1 lo\n2 lost: ENOSPC\nthree\n']);
});

test('a full pipe is waited for, with a bound on what waits', async () => {
  const { sink, flushed, at } = sinkAt(1_000, { most: 10 });
  at.errors = ['EAGAIN', 'EAGAIN'];
  sink.write('one\n');
  sink.write('123456789\n');
  sink.write('dropped\n');
  await flushed();
  expect(at.text).toBe('one\n1 lost: the reader of the log is too slow\n123456789\n');
  expect(sink.lost).toBe(1);
});

test('the end of a process writes what it can, and does not wait for a disk', () => {
  const { sink, at } = sinkAt(0);
  // The first piece is under way already.
  sink.write('one\n');
  sink.write('two\n');
  sink.flushSync();
  expect(sink.lost).toBe(1);
  at.space = 1_000;
  at.errors = ['EAGAIN'];
  sink.write('three\n');
  sink.flushSync();
  expect(at.text).toBe('1 lost: ENOSPC\nthree\n');
});

test('a real file gets the bytes, whatever their encoding makes of the characters', async () => {
  const path = join(temporaryDirectory(), 'log');
  const fd = fs.openSync(path, 'a');
  onTestFinished(() => fs.closeSync(fd));
  const sink = new LogSink({ fd, account });
  sink.write('größer ☃\n');
  await new Promise<void>((resolve) => sink.flush(resolve));
  sink.write('end\n');
  await new Promise<void>((resolve) => sink.flush(resolve));
  expect(fs.readFileSync(path, 'utf8')).toBe('größer ☃\nend\n');
});
