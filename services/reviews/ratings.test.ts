import type { Response } from 'express';
import { expect, test } from 'vitest';
import type { Downstream, DownstreamRequest } from '#platform/downstream.ts';
import { type Environment, readEnvironment } from '#platform/environment.ts';
import type { Platform } from '#platform/service.ts';
import { headersTracing } from '#platform/tracing/headers.ts';
import { type ReviewsConfig, reviewsVariables } from '#services/reviews/config.ts';
import { ratingsOf } from '#services/reviews/ratings.ts';

/** The call that reviews makes of ratings. */
async function callWith(env: Environment): Promise<DownstreamRequest | undefined> {
  const calls: DownstreamRequest[] = [];
  const downstream: Downstream = {
    get(request) {
      calls.push(request);
      const result = Promise.resolve({ kind: 'failure', status: 504, reason: 'a test' } as const);
      return { result, cancel() {} };
    },
    async close() {},
  };
  const read = readEnvironment(reviewsVariables, env);
  if (!read.ok) throw new Error(JSON.stringify(read.mistakes));
  const platform = { config: read.config, downstream, tracing: headersTracing };
  const res = { req: { rawHeaders: [] }, locals: { exchange: { requestId: '1', calls: [] } } };
  const ask = ratingsOf(platform as unknown as Platform<ReviewsConfig>);
  expect(await ask('0', res as unknown as Response)).toMatchObject({ ok: false, reason: 'a test' });
  return calls[0];
}

test.each([
  [{}, 10_000],
  [{ STAR_COLOR: 'black' }, 10_000],
  [{ STAR_COLOR: 'red' }, 2_500],
  [{ STAR_COLOR: 'red', RATINGS_TIMEOUT: '1s' }, 1_000],
])('with %j ratings has %d ms', async (env, timeoutMs) => {
  expect(await callWith(env)).toMatchObject({ timeoutMs });
});

test('where ratings is', async () => {
  expect(await callWith({})).toMatchObject({ origin: 'http://ratings:9080', path: '/ratings/0' });
  const elsewhere = { SERVICES_DOMAIN: 'shop.svc', RATINGS_HOSTNAME: 'stars', RATINGS_SERVICE_PORT: '80' };
  expect(await callWith(elsewhere)).toMatchObject({ origin: 'http://stars.shop.svc:80' });
});
