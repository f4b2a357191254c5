import { expect, test } from 'vitest';
import { platformVariables } from '#platform/config.ts';
import { formatMistakes, readEnvironment } from '#platform/environment.ts';
import { localAddress, parseHostMap } from '#platform/host-map.ts';

const hosts = parseHostMap('mysqldb:3306=127.0.0.1:41240, redis.default.svc:6379=localhost:41241');

test('a declared address becomes its local one, whatever the case of its host', () => {
  const local = { host: '127.0.0.1', port: 41240 };
  expect(localAddress({ host: 'mysqldb', port: 3306 }, hosts)).toEqual(local);
  expect(localAddress({ host: 'MySQLdb.', port: 3306 }, hosts)).toEqual(local);
  expect(localAddress({ host: 'redis.default.svc', port: 6379 }, hosts)).toEqual({
    host: 'localhost',
    port: 41241,
  });
});

test('other hosts, other ports of the same host, and addresses in a cluster stay', () => {
  for (const address of [
    { host: 'mysqldb', port: 3307 },
    { host: 'db.example.com', port: 3306 },
  ])
    expect(localAddress(address, hosts)).toEqual(address);
  const declared = { host: 'mysqldb', port: 3306 };
  expect(localAddress(declared, undefined)).toEqual(declared);
});

test.each([
  '',
  'mysqldb',
  'mysqldb:3306',
  'mysqldb:3306=127.0.0.1',
  'mysqldb:3306=127.0.0.1:x',
  'mysqldb:3306=127.0.0.1:70000',
  'mysqldb:3306=127.0.0.1:1=127.0.0.1:2',
  'a:1=b:2,',
  'a:1=b:2;c:3=d:4',
])('%j is not a host map', (text) => {
  expect(parseHostMap(text)).toBeUndefined();
});

test('a mistake in HOST_MAP is told with its value and what is allowed', () => {
  const result = readEnvironment(platformVariables, { HOST_MAP: 'mysqldb=1' });
  expect(formatMistakes('ratings', result.ok ? [] : result.mistakes)).toBe(
    'ratings cannot start: 1 environment variable is wrong\n' +
      '  HOST_MAP="mysqldb=1": must be declared=local pairs of host:port, such as ' +
      'mysqldb:3306=127.0.0.1:41240,redis:6379=127.0.0.1:41241\n',
  );
});
