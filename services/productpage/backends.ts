import type { Response } from 'express';
import type { z } from 'zod';
import { BOOKINFO_HEADERS, END_USER, type OutgoingHeaders } from '#platform/headers.ts';
import { getJson, headersToForward, type JsonResult } from '#platform/json-call.ts';
import type { Platform } from '#platform/service.ts';
import {
  type Details,
  detailsAnswer,
  type Ratings,
  type Reviews,
  ratingsAnswer,
  reviewsAnswer,
} from '#services/productpage/answers.ts';
import type { ProductpageConfig } from '#services/productpage/config.ts';
import { userOf } from '#services/productpage/session.ts';

/** Asks the services behind the page, on behalf of the request that `res` answers. */
export interface Backends {
  details(id: number, res: Response): Promise<JsonResult<Details>>;
  /** Tries twice; so if a mesh delays it, the page takes at most 6 s longer. */
  reviews(id: number, res: Response): Promise<JsonResult<Reviews>>;
  /** The FLOOD_FACTOR extra calls, whose answers nobody reads. */
  flood(id: number, res: Response): void;
  ratings(id: number, res: Response): Promise<JsonResult<Ratings>>;
}

/** In milliseconds, for each try. */
const TIMEOUT = 3_000;
const REVIEWS_TRIES = 2;

export function createBackends({ config, downstream, tracing }: Platform<ProductpageConfig>): Backends {
  const names = new Set([...tracing.forwards, ...BOOKINFO_HEADERS]);
  const backend = <T>(name: 'DETAILS' | 'REVIEWS' | 'RATINGS', schema: z.ZodType<T>) => {
    const origin = originOf(name, config);
    const root = `/${name.toLowerCase()}`;
    return (id: number, res: Response): Promise<JsonResult<T>> => {
      const headers = headersFor(res, names);
      return getJson(downstream, { origin, path: `${root}/${id}`, headers, timeoutMs: TIMEOUT, schema, res });
    };
  };
  const reviews = backend('REVIEWS', reviewsAnswer);
  return {
    details: backend('DETAILS', detailsAnswer),
    async reviews(id, res) {
      let result = await reviews(id, res);
      for (let tries = 1; !result.ok && tries < REVIEWS_TRIES && !res.closed; tries++)
        result = await reviews(id, res);
      return result;
    },
    flood(id, res) {
      for (let i = 0; i < config.FLOOD_FACTOR; i++) void reviews(id, res);
    },
    ratings: backend('RATINGS', ratingsAnswer),
  };
}

function originOf(name: 'DETAILS' | 'REVIEWS' | 'RATINGS', config: ProductpageConfig): string {
  const { SERVICES_DOMAIN: domain } = config;
  const host = config[`${name}_HOSTNAME`] + (domain === undefined ? '' : `.${domain}`);
  return `http://${host}:${config[`${name}_SERVICE_PORT`]}`;
}

/** Only the session says who the user is; a client's own `end-user` is not among the names. */
function headersFor(res: Response, names: ReadonlySet<string>): OutgoingHeaders {
  const headers = headersToForward(res, names);
  const user = userOf(res.req);
  if (user !== undefined) headers[END_USER] = asciiOf(user);
  return headers;
}

/** Headers are ASCII: the rest is written as in a URL, `J%C3%BCrgen`. */
function asciiOf(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, encodeURIComponent);
}
