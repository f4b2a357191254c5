import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boundLogs } from '#mesh/kubelet/bound-logs.ts';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const KIB = 1024;

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .filter((stat) => stat.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}

test('whatever is written, the logs of a mesh stay within one bound', () => {
  const root = temporaryDirectory();
  const pods = join(root, 'pods');
  const live = [join(pods, 'a', 'app.log'), join(pods, 'b', 'app.log'), join(root, 'traces.log')].map(
    (path) => new LogFile(path),
  );
  const line = `${'x'.repeat(99)}\n`;
  for (let round = 0; round < 20; round += 1) {
    for (const { path } of live) appendFileSync(path, line.repeat(100));
    boundLogs({ live, pods, inUse: new Set(['a', 'b']), bound: 64 * KIB });
    expect(bytesIn(root)).toBeLessThanOrEqual(64 * KIB);
  }
  for (const log of live) {
    // The last lines are there, and whole.
    expect(log.tail(50)).toBe(line.repeat(50));
    log.close();
  }
});

test('the folders of ended pods go when there are too many, the oldest first', () => {
  const pods = temporaryDirectory();
  const names = ['running', 'old', 'older', 'last'];
  const ages = [9_000, 2_000, 3_000, 1_000];
  names.forEach((name, index) => {
    mkdirSync(join(pods, name));
    const file = join(pods, name, 'app.log');
    writeFileSync(file, 'x'.repeat(10 * KIB));
    const time = Date.now() / 1000 - (ages[index] ?? 0);
    utimesSync(file, time, time);
  });
  const left = (bound: number) => {
    boundLogs({ live: [], pods, inUse: new Set(['running']), bound });
    return names.filter((name) => existsSync(join(pods, name)));
  };
  expect(left(40 * KIB)).toEqual(names);
  expect(left(39 * KIB)).toEqual(['running', 'old', 'last']);
  expect(left(20 * KIB)).toEqual(['running', 'last']);
  expect(left(1)).toEqual(['running']);
});
