import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogFile, newLogFile } from '#mesh/kubelet/process/log-file.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const logFile = () => new LogFile(join(temporaryDirectory(), 'test.log'));

test('a new log has nothing of a former one at its place', () => {
  const former = logFile();
  appendFileSync(former.path, 'former\n');
  former.rotate(3);
  appendFileSync(former.path, 'former\n');
  former.close();
  const log = newLogFile(former.path);
  expect(log.read()).toBe('');
  expect(existsSync(`${log.path}.1`)).toBe(false);
  log.close();
});

test('it is known by when a line was there', () => {
  const log = logFile();
  appendFileSync(log.path, 'one\n');
  log.mark(1_000);
  log.mark(2_000);
  appendFileSync(log.path, 'two\n');
  log.mark(3_000);
  appendFileSync(log.path, 'three\n');
  expect([3, 4, 5, 8].map((end) => log.writtenAt(end))).toEqual([1_000, 1_000, 3_000, 3_000]);
  expect(log.writtenAt(9)).toBe(statSync(log.path).mtimeMs);
  log.close();
});

test('the tail has as many lines as asked for', () => {
  const log = logFile();
  appendFileSync(log.path, 'one\ntwo\nthree\n');
  expect([log.tail(0), log.tail(2), log.tail(9)]).toEqual(['', 'two\nthree\n', 'one\ntwo\nthree\n']);
  log.close();
});

test('a follower hears what is written later, a rotation included', async () => {
  const log = logFile();
  appendFileSync(log.path, 'before\n');
  let heard = '';
  const end = log.follow((text) => {
    heard += text;
  });
  appendFileSync(log.path, 'first\n');
  await eventually(
    () => heard,
    (text) => text === 'first\n',
  );
  log.rotate(12);
  expect(readFileSync(`${log.path}.1`, 'utf8')).toBe('first\n');
  expect(statSync(log.path).size).toBe(0);
  appendFileSync(log.path, 'x\n');
  await eventually(
    () => heard,
    (text) => text === 'first\nx\n',
  );
  end();
  log.close();
});

test('a closed log is empty for those who still look at it', () => {
  const log = logFile();
  appendFileSync(log.path, 'one\n');
  log.close();
  expect([log.size, log.read(), log.tail(1)]).toEqual([0, '', '']);
});

test('positions stay what they are when the log is rotated', () => {
  const log = logFile();
  appendFileSync(log.path, 'old\n');
  const from = log.size;
  appendFileSync(log.path, 'run 1\n');
  const to = log.size;
  log.rotate(9);
  appendFileSync(log.path, 'run 2\n');
  expect([log.read(from), log.read(from, to), log.read(to), log.tail(1)]).toEqual([
    'run 1\nrun 2\n',
    'run 1\n',
    'run 2\n',
    'run 2\n',
  ]);
  log.rotate(3);
  expect([log.read(from), log.read(log.size)]).toEqual(['', '']);
  log.close();
});

test('a log whose older generation cannot be kept is cut short all the same', () => {
  const log = logFile();
  appendFileSync(log.path, 'one\n'.repeat(100));
  mkdirSync(`${log.path}.1`);
  expect(() => log.rotate(8)).not.toThrow();
  expect(statSync(log.path).size).toBe(0);
  log.close();
});
