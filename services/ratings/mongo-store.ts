import { createRequire } from 'node:module';
import type { MongoClientOptions } from 'mongodb';
import { within } from '#platform/duration.ts';
import { localAddress } from '#platform/host-map.ts';
import type { RatingsConfig } from '#services/ratings/config.ts';
import { failureOf } from '#services/ratings/database-failure.ts';
import type { RatingsStore, ReadResult } from '#services/ratings/store.ts';

const require = createRequire(import.meta.url);

interface Rated {
  readonly rating: number;
}

/**
 * Reads ratings from MongoDB: the documents of the collection `ratings`, the first reviewer's first. It connects when it is first
 * asked, and again whenever a connection is lost; whatever happens, a read ends within DB_TIMEOUT.
 */
export function createMongoStore(config: RatingsConfig & { readonly MONGO_DB_URL: URL }): RatingsStore {
  // Loaded only where it is needed: most pods have no database.
  const { MongoClient } = require('mongodb') as typeof import('mongodb');
  const client = new MongoClient(addressOf(config), optionsOf(config));
  const deadline = () => AbortSignal.timeout(config.DB_TIMEOUT);
  return {
    async read() {
      try {
        const found = client.db().collection<Rated>('ratings').find().sort({ _id: 1 }).limit(100).toArray();
        return resultOf(await within(found, deadline()));
      } catch (error) {
        return failureOf(error);
      }
    },
    async close() {
      await within(client.close(), deadline()).catch(() => {});
    },
  };
}

/** The URL's, with the local address that stands for its host. */
function addressOf({ MONGO_DB_URL, HOST_MAP }: Parameters<typeof createMongoStore>[0]): string {
  const url = new URL(MONGO_DB_URL);
  const declared = { host: url.hostname, port: Number(url.port || 27_017) };
  const { host, port } = localAddress(declared, HOST_MAP);
  url.host = `${host}:${port}`;
  return url.href;
}

function optionsOf({ DB_TIMEOUT }: RatingsConfig): MongoClientOptions {
  return {
    directConnection: true,
    serverSelectionTimeoutMS: DB_TIMEOUT,
    connectTimeoutMS: DB_TIMEOUT,
    maxPoolSize: 10,
    maxIdleTimeMS: 60_000,
    retryReads: false,
  };
}

function resultOf(found: readonly Rated[]): ReadResult {
  if (found.length === 0) {
    return {
      ok: false,
      status: 404,
      error: 'ratings not found',
      reason: 'the collection `ratings` is empty',
    };
  }
  const ratings = found.map(({ rating }, index) => [`Reviewer${index + 1}`, rating] as const);
  return { ok: true, ratings: Object.fromEntries(ratings) };
}
