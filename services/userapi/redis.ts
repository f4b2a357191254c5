import { createClient, ErrorReply } from 'redis';
import { within } from '#platform/duration.ts';
import { localAddress } from '#platform/host-map.ts';
import type { Logger } from '#platform/logging.ts';
import type { UserapiConfig } from '#services/userapi/config.ts';
import { RedisUnavailable } from '#services/userapi/redis-unavailable.ts';

/** The longest pause between two attempts to connect, in milliseconds: after that, a Redis that is back is noticed. */
const LONGEST_PAUSE = 1_000;

/** How many commands may wait for answers at a time, so that a slow Redis does not fill this process's memory. */
const MOST_WAITING = 5_000;

export type Client = ReturnType<typeof newClient>;

/** The one connection of this process to Redis, over which all requests go. */
export interface Redis {
  /**
   * Asks Redis, within REDIS_TIMEOUT.
   *
   * @throws RedisUnavailable without waiting when there is no connection, and when there is no answer in time.
   */
  readonly ask: <T>(question: (client: Client) => Promise<T>) => Promise<T>;
  close(): void;
}

/** Connects in the background, and again whenever the connection is lost, for as long as the process lives. */
export function connectRedis(config: UserapiConfig, logger: Logger): Redis {
  const client = newClient(config);
  const watch = watchConnection(client, logger);
  // It ends only with `destroy`, as the strategy below never gives up.
  client.connect().catch(() => {});
  return {
    async ask(question) {
      if (!client.isReady) throw new RedisUnavailable(`is not there: ${watch.reason}`);
      try {
        return await within(question(client), AbortSignal.timeout(config.REDIS_TIMEOUT));
      } catch (error) {
        throw unavailable(error, config.REDIS_TIMEOUT) ?? error;
      }
    },
    close: () => client.destroy(),
  };
}

function newClient({
  REDIS_URL: { username, password, database, ...declared },
  REDIS_TIMEOUT,
  HOST_MAP,
}: UserapiConfig) {
  return createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    // A command that waits for a connection would be sent long after its client has gone.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
    // A server that is frozen keeps its connections; silence in spite of these questions ends them.
    pingInterval: REDIS_TIMEOUT,
    socket: {
      ...localAddress(declared, HOST_MAP),
      connectTimeout: Math.max(REDIS_TIMEOUT, 1_000),
      socketTimeout: 3 * REDIS_TIMEOUT,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), LONGEST_PAUSE),
    },
  });
}

/** One line of log when Redis is lost and one when it is back, and in between why it is not there. */
function watchConnection(client: Client, logger: Logger): { readonly reason: string } {
  const state = { reason: 'not connected yet', lost: false };
  client.on('ready', () => {
    logger.info('Redis answers');
    state.lost = false;
    state.reason = 'connection lost';
  });
  client.on('error', (error: unknown) => {
    state.reason = reasonOf(error);
    if (!state.lost) logger.warn({ reason: state.reason }, 'Redis is away');
    state.lost = true;
  });
  return state;
}

/** What Redis says when it is there and will be able to answer later: loading its file, a full disk, too little memory. */
const PASSING = /^(LOADING|BUSY|MASTERDOWN|READONLY|NOREPLICAS|MISCONF|OOM|TRYAGAIN|EXECABORT)\b/;

/** Undefined for what Redis refuses, which asking again does not mend. */
function unavailable(error: unknown, timeoutMs: number): RedisUnavailable | undefined {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return new RedisUnavailable(`did not answer within ${timeoutMs} ms`, { cause: error });
  const refused = error instanceof ErrorReply && !PASSING.test(error.message);
  return refused ? undefined : new RedisUnavailable(`did not answer: ${reasonOf(error)}`, { cause: error });
}

/** A host with several addresses fails with several errors, and without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
