import type { Response } from 'express';
import { z } from 'zod';
import { BOOKINFO_HEADERS, END_USER } from '#platform/headers.ts';
import { getJson, headersToForward, type JsonResult } from '#platform/json-call.ts';
import type { Platform } from '#platform/service.ts';
import type { ReviewsConfig } from '#services/reviews/config.ts';

/** Stars by reviewer. */
const ratingsAnswer = z.object({ ratings: z.record(z.string(), z.number()) });

export type Ratings = JsonResult<Readonly<Record<string, number>>>;

/**
 * Asks ratings for a product's stars. The tutorial's delay fault is about two versions with two time-outs: 7 s are
 * less than v2 waits, but more than productpage does.
 */
export function ratingsOf({ config, downstream, tracing }: Platform<ReviewsConfig>) {
  const domain = config.SERVICES_DOMAIN === undefined ? '' : `.${config.SERVICES_DOMAIN}`;
  const origin = `http://${config.RATINGS_HOSTNAME}${domain}:${config.RATINGS_SERVICE_PORT}`;
  const timeoutMs = config.RATINGS_TIMEOUT ?? (config.STAR_COLOR === 'black' ? 10_000 : 2_500);
  const forwarded = new Set([...tracing.forwards, ...BOOKINFO_HEADERS, END_USER]);
  return async (productId: string, res: Response): Promise<Ratings> => {
    const headers = headersToForward(res, forwarded);
    const path = `/ratings/${productId}`;
    const result = await getJson(downstream, {
      ...{ origin, path, headers, timeoutMs, schema: ratingsAnswer, res },
    });
    return result.ok ? { ...result, value: result.value.ratings } : result;
  };
}
