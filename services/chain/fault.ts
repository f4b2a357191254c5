import type { Random } from '#platform/random.ts';
import type { Sickness } from '#platform/sickness.ts';
import type { ChainConfig } from '#services/chain/config.ts';
import type { Overrides } from '#services/chain/overrides.ts';
import { createRateLimit } from '#services/chain/rate-limit.ts';
import { createTiming } from '#services/chain/timing.ts';

export type FaultName = 'rate limit' | 'sick' | 'fail' | 'code' | 'error rate' | 'delay';

/** What goes wrong on purpose with one request. */
export interface Fault {
  readonly name?: FaultName;
  /** To wait before anything else, in milliseconds. */
  readonly delay: number;
  /** The answer, in place of calling the downstream. */
  readonly answer?: { readonly status: number; readonly reason: string };
}

/** Decides the fault of one request. */
export type Faults = (overrides: Overrides) => Fault;

interface FaultOptions {
  readonly config: ChainConfig;
  readonly random: Random;
  readonly sickness: Sickness;
  readonly now?: () => number;
}

const NONE: Fault = { delay: 0 };

/**
 * The faults that a hop's environment and a request's overrides ask for, the most drastic first. Refusals come at once;
 * `code` and ERROR_RATE come after the delay, so that failures can be slow. Random numbers are drawn only for what is
 * switched on, so that a seed gives the same faults in later versions with more features.
 */
export function createFaults({
  config,
  random,
  sickness,
  now = () => performance.now(),
}: FaultOptions): Faults {
  const mayPass = config.RATE_LIMIT === undefined ? undefined : createRateLimit(config.RATE_LIMIT, now);
  const timing = createTiming(config, random);
  const happens = (probability: number): boolean => probability > 0 && random() < probability;
  return (overrides) => {
    if (mayPass && !mayPass()) return rateLimited(config);
    if (sickness.sick) return SICK;
    if (overrides.fail !== undefined && happens(overrides.fail)) return failed(overrides.fail);
    const erring = happens(config.ERROR_RATE);
    const slow = erring && config.ERROR_TYPE === 'delay';
    const delay = (timing?.() ?? 0) + (overrides.delay ?? 0) + (slow ? config.ERROR_DELAY : 0);
    if (overrides.code !== undefined) return asked(overrides.code, delay);
    if (erring && !slow) return erred(config, delay);
    return delay > 0 ? { name: 'delay', delay } : NONE;
  };
}

const SICK: Fault = {
  name: 'sick',
  delay: 0,
  answer: { status: 503, reason: 'this replica is sick (POST /well heals it)' },
};

function rateLimited({ RATE_LIMIT, RATE_LIMIT_CODE }: ChainConfig): Fault {
  const reason = `over the rate limit of ${RATE_LIMIT} requests per second`;
  return { name: 'rate limit', delay: 0, answer: { status: RATE_LIMIT_CODE, reason } };
}

function failed(probability: number): Fault {
  return {
    name: 'fail',
    delay: 0,
    answer: { status: 500, reason: `failed on purpose (fail: ${probability})` },
  };
}

function asked(status: number, delay: number): Fault {
  return { name: 'code', delay, answer: { status, reason: `answered as asked (code: ${status})` } };
}

function erred({ ERROR_CODE, ERROR_RATE }: ChainConfig, delay: number): Fault {
  const reason = `failed on purpose (ERROR_RATE=${ERROR_RATE})`;
  return { name: 'error rate', delay, answer: { status: ERROR_CODE, reason } };
}
