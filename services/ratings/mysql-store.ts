import { createRequire } from 'node:module';
import type { Pool, PoolOptions, RowDataPacket } from 'mysql2/promise';
import { within } from '#platform/duration.ts';
import { localAddress } from '#platform/host-map.ts';
import type { RatingsConfig } from '#services/ratings/config.ts';
import { failureOf } from '#services/ratings/database-failure.ts';
import type { Ratings, RatingsStore, ReadResult } from '#services/ratings/store.ts';

const require = createRequire(import.meta.url);

/** The demo's table has one product's ratings, which stand for every product's. */
const SELECT =
  'SELECT ReviewID AS review, Rating AS stars FROM ratings WHERE Rating IS NOT NULL ORDER BY ReviewID LIMIT 100';

interface Row extends RowDataPacket {
  readonly review: number;
  readonly stars: number;
}

/**
 * Reads ratings from MySQL or MariaDB through a pool. It connects when it is first asked and again whenever a connection
 * is lost, so the database may come and go. Whatever happens to it, a read ends within DB_TIMEOUT.
 */
export function createMysqlStore(config: RatingsConfig): RatingsStore {
  // Loaded only where it is needed: most pods have no database.
  const { createPool } = require('mysql2/promise') as typeof import('mysql2/promise');
  const pool = createPool(poolOptions(config));
  return {
    async read() {
      try {
        return resultOf(await select(pool, config.DB_TIMEOUT));
      } catch (error) {
        return failureOf(error);
      }
    },
    async close() {
      // A frozen database would not answer a proper end of the connection.
      await within(pool.end(), AbortSignal.timeout(config.DB_TIMEOUT)).catch(() => {});
    },
  };
}

function poolOptions(config: RatingsConfig): PoolOptions {
  const declared = { host: config.MYSQL_DB_HOST ?? '', port: config.MYSQL_DB_PORT };
  return {
    ...localAddress(declared, config.HOST_MAP),
    user: config.MYSQL_DB_USER,
    password: config.MYSQL_DB_PASSWORD ?? '',
    database: config.MYSQL_DB_NAME,
    connectTimeout: config.DB_TIMEOUT,
    connectionLimit: 10,
    // Whoever waits longer than DB_TIMEOUT gets a 503 anyway; this bounds what they hold meanwhile.
    queueLimit: 1_000,
    maxIdle: 2,
    idleTimeout: 60_000,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
  };
}

async function select(pool: Pool, timeoutMs: number): Promise<readonly Row[]> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const acquiring = pool.getConnection();
  const connection = await within(acquiring, deadline).catch((error) => {
    // A connection may still come, for another read.
    acquiring.then((late) => late.release()).catch(() => {});
    throw error;
  });
  try {
    const [rows] = await within(connection.query<Row[]>(SELECT), deadline);
    connection.release();
    return rows;
  } catch (error) {
    // It may still be busy; the pool opens another.
    connection.destroy();
    throw error;
  }
}

function resultOf(rows: readonly Row[]): ReadResult {
  if (rows.length === 0) {
    return { ok: false, status: 404, error: 'ratings not found', reason: 'the table `ratings` is empty' };
  }
  const ratings: Ratings = Object.fromEntries(rows.map(({ review, stars }) => [`Reviewer${review}`, stars]));
  return { ok: true, ratings };
}
