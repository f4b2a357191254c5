import { platformVariables } from '#platform/config.ts';
import { duration, variable } from '#platform/environment.ts';
import type { Address } from '#platform/host-map.ts';

/** Where Redis is, and who this service is to it. */
export interface RedisPlace extends Address {
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

/**
 * The variables of userapi, all optional; those of `platform/config.ts` come on top. There is no REDIS_PORT: in a cluster
 * that is `tcp://10.96.3.7:6379`, which Kubernetes sets for a Service named redis.
 */
export const userapiVariables = platformVariables.extend({
  REDIS_URL: variable(
    'a URL such as redis://redis:6379 or redis://:password@redis:6379/0',
    parseRedisUrl,
  ).default({ host: 'redis', port: 6379, database: 0 }),
  /** For one request's work in Redis, and for the answer to a probe. */
  REDIS_TIMEOUT: duration().default(1_000),
});

export type UserapiConfig = ReturnType<typeof userapiVariables.parse>;

/** https://www.iana.org/assignments/uri-schemes/prov/redis */
function parseRedisUrl(text: string): RedisPlace | undefined {
  const url = URL.parse(text);
  const [, database = '0'] = /^\/?(\d{0,5})$/.exec(url?.pathname ?? '-') ?? [undefined, '-'];
  if (url?.protocol !== 'redis:' || url.hostname === '' || database === '-' || url.search !== '')
    return undefined;
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    database: Number(database),
    ...(url.username && { username: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
  };
}
