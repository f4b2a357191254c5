import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogFile } from '#mesh/run/process/log-file.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const logFile = () => new LogFile(join(temporaryDirectory(), 'test.log'));

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
  log.rotate(1);
  expect(readFileSync(`${log.path}.1`, 'utf8')).toBe('before\nfirst\n');
  await eventually(
    () => log.size,
    (size) => size === 0,
  );
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
