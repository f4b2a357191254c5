import { readFileSync } from 'node:fs';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Environment } from '#platform/environment.ts';
import { type RunningService, startService } from '#platform/testing.ts';
import { ratings } from '#services/ratings/service.ts';
import { needs } from '#test/components/component.ts';
import { createMariaDb, type MariaDb, mariaDb, PASSWORD } from '#test/components/mariadb.ts';

describe('ratings v2 on a real MariaDB', { ...needs(mariaDb), timeout: 30_000 }, () => {
  let database: MariaDb;
  let root: Connection;
  beforeAll(async () => {
    database = await createMariaDb();
  }, 60_000);
  afterAll(() => database.close());
  beforeEach(async () => {
    root = await database.connect();
    await root.query('DROP DATABASE IF EXISTS test');
    await root.query(seed());
    onTestFinished(() => root.destroy());
  });

  /** As k8s/bookinfo-ratings-v2-mysql.yaml sets it, but for the database's address. */
  function start(env: Environment = {}): Promise<RunningService> {
    return startService(ratings, {
      SERVICE_VERSION: 'v2',
      DB_TYPE: 'mysql',
      MYSQL_DB_HOST: '127.0.0.1',
      MYSQL_DB_PORT: String(database.port),
      MYSQL_DB_PASSWORD: PASSWORD,
      ...env,
    });
  }

  test('answers what is in the database, at the moment', async () => {
    const service = await start();
    expect(await get(service)).toEqual([200, { id: 7, ratings: { Reviewer1: 5, Reviewer2: 4 } }]);
    await root.query('UPDATE test.ratings SET Rating = 1 WHERE ReviewID = 1');
    await root.query('INSERT INTO test.ratings VALUES (3, NULL), (4, 2)');
    expect(await get(service)).toEqual([
      200,
      { id: 7, ratings: { Reviewer1: 1, Reviewer2: 4, Reviewer4: 2 } },
    ]);
  });

  test('ratings cannot be posted', async () => {
    const { url } = await start();
    const response = await fetch(`${url}ratings/7`, { method: 'POST', body: '{"Reviewer1": 1}' });
    expect([response.status, await response.json()]).toEqual([
      501,
      { error: expect.stringContaining('posted') },
    ]);
  });

  test('HOST_MAP leads to the database', async () => {
    const HOST_MAP = `mysqldb:3306=127.0.0.1:${database.port}`;
    const service = await start({ MYSQL_DB_HOST: 'mysqldb', MYSQL_DB_PORT: '3306', HOST_MAP });
    expect(await get(service)).toMatchObject([200, { ratings: { Reviewer1: 5 } }]);
  });

  test('one connection serves many requests, and at most ten are opened', async () => {
    const service = await start();
    const connections = async () => {
      const [rows] = await root.query(
        'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE DB = "test" AND ID <> CONNECTION_ID()',
      );
      return (rows as { n: number }[])[0]?.n;
    };
    for (let i = 0; i < 5; i++) await get(service);
    expect(await connections()).toBe(1);
    const answers = await Promise.all(Array.from({ length: 100 }, () => get(service)));
    expect(answers.filter(([status]) => status === 200)).toHaveLength(100);
    expect(await connections()).toBeLessThanOrEqual(10);
  });

  test('an empty table is 404; a missing one is 500, without details for the client but with them for the log', async () => {
    const service = await start();
    await root.query('DELETE FROM test.ratings');
    expect(await get(service)).toEqual([404, { error: 'ratings not found' }]);
    await root.query('DROP TABLE test.ratings');
    expect(await get(service)).toEqual([500, { error: 'could not read the ratings database' }]);
    const line = { status: 500, error: expect.stringContaining('ER_NO_SUCH_TABLE') };
    await vi.waitFor(() => expect(service.log()).toContainEqual(expect.objectContaining(line)), 30_000);
  });

  test('a wrong password is 500, and appears nowhere', async () => {
    const service = await start({ MYSQL_DB_PASSWORD: 'guess-me' });
    expect(await get(service)).toEqual([500, { error: 'could not read the ratings database' }]);
    await vi.waitFor(() => expect(JSON.stringify(service.log())).toContain('ER_ACCESS_DENIED_ERROR'), 30_000);
    expect(JSON.stringify(service.log())).not.toContain('guess-me');
  });

  test('a database that dies and comes back: 503, then 200, without a restart', async () => {
    const service = await start();
    expect(await get(service)).toMatchObject([200, {}]);
    await database.kill();
    expect(await get(service)).toEqual([503, { error: 'could not connect to ratings database' }]);
    // Its own probes stay well: a pod that is restarted does not bring a database back.
    expect((await fetch(`${service.url}readyz`)).status).toBe(200);
    expect((await fetch(`${service.url}health`)).status).toBe(200);
    await database.start();
    expect(await get(service)).toMatchObject([200, { ratings: { Reviewer1: 5 } }]);
  });

  test('a service that is started before its database waits for nothing', async () => {
    await database.kill();
    const service = await start();
    expect(await get(service)).toMatchObject([503, {}]);
    await database.start();
    expect(await get(service)).toMatchObject([200, {}]);
  });

  test('a frozen database: every request ends in time, more than the pool has connections, and it recovers', async () => {
    const service = await start({ DB_TIMEOUT: '1s' });
    expect(await get(service)).toMatchObject([200, {}]);
    database.freeze();
    onTestFinished(() => database.thaw());
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(service)));
    expect(answers.map(([status]) => status)).toEqual(Array(30).fill(503));
    expect(answers[0]?.[1]).toEqual({ error: 'ratings database did not answer in time' });
    database.thaw();
    await vi.waitFor(async () => expect(await get(service)).toMatchObject([200, {}]), 10_000);
  });

  test('a slow query is given up, and holds no connection of the pool', async () => {
    const service = await start({ DB_TIMEOUT: '500ms' });
    await root.query('LOCK TABLES test.ratings WRITE');
    const answers = await Promise.all(Array.from({ length: 15 }, () => get(service)));
    expect(answers.map(([status]) => status)).toEqual(Array(15).fill(503));
    await root.query('UNLOCK TABLES');
    expect(await get(service)).toMatchObject([200, {}]);
  });
});

async function get({ url }: RunningService): Promise<[status: number, body: unknown]> {
  const response = await fetch(`${url}ratings/7`);
  return [response.status, await response.json()];
}

/** The schema and the rows that the database of k8s/ starts with. */
function seed(): string {
  const manifest = new URL('../../k8s/mysql.yaml', import.meta.url);
  const documents = parseAllDocuments(readFileSync(manifest, 'utf8')).map((document) => document.toJS());
  return Object.values(documents.find(({ kind }) => kind === 'ConfigMap').data).join('\n');
}
