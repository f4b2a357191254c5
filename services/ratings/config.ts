import { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';
import { duration, oneOf, variable } from '#platform/environment.ts';
import { FLAWED_VERSIONS, isFlawedVersion } from '#services/ratings/flaws.ts';

const VERSION_FORM = `a version without a \`v-\`, or one of ${FLAWED_VERSIONS.join(', ')}`;

/** The variables of ratings, all optional; those of `platform/config.ts` come on top. */
export const ratingsVariables = platformVariables
  .extend({
    PORT: port().default(9080),
    /** v2 reads a database; the versions of flaws.ts misbehave. */
    SERVICE_VERSION: variable(VERSION_FORM, parseVersion).optional(),
    DB_TYPE: oneOf('mysql').optional(),
    /** Where DB_TYPE does not say otherwise, the version with a database reads this one. */
    MONGO_DB_URL: variable('mongodb://HOST:PORT/DATABASE', parseMongoUrl).optional(),
    MYSQL_DB_HOST: z.string().optional(),
    MYSQL_DB_PORT: port().default(3306),
    MYSQL_DB_USER: z.string().default('root'),
    MYSQL_DB_PASSWORD: z.string().optional(),
    MYSQL_DB_NAME: z.string().default('test'),
    /** For one read, from the wait for a connection to the last row. */
    DB_TIMEOUT: duration().default(2_000),
  })
  .refine(
    ({ SERVICE_VERSION, DB_TYPE, MONGO_DB_URL }) => SERVICE_VERSION !== 'v2' || DB_TYPE || MONGO_DB_URL,
    {
      path: ['DB_TYPE'],
      error: 'mysql where SERVICE_VERSION is v2, the version with a database, unless MONGO_DB_URL names one',
      when: always,
    },
  )
  .refine(({ DB_TYPE, MYSQL_DB_HOST }) => DB_TYPE !== 'mysql' || MYSQL_DB_HOST !== undefined, {
    path: ['MYSQL_DB_HOST'],
    error: "the database's host where DB_TYPE is mysql",
    when: always,
  });

export type RatingsConfig = z.output<typeof ratingsVariables>;

function parseVersion(text: string): string | undefined {
  return !text.startsWith('v-') || isFlawedVersion(text) ? text : undefined;
}

function parseMongoUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url?.protocol === 'mongodb:' && url.hostname !== '' && url.pathname.length > 1 ? url : undefined;
}

/** Checks across variables run beside those of single ones, to report all mistakes at once. */
function always(): boolean {
  return true;
}
