import { z } from 'zod';
import { platformVariables } from '#platform/config.ts';
import {
  duration,
  HTTP_URL_FORM,
  httpUrl,
  integer,
  isHttpUrl,
  number,
  oneOf,
  variable,
} from '#platform/environment.ts';

/** The variables of chain, all optional; those of `platform/config.ts` come on top. */
export const chainVariables = platformVariables
  .extend({
    /** The downstream to call; without one, this hop is the last. */
    UPSTREAM_URI: httpUrl().optional(),
    /** Several of them, comma separated. One that is named twice is called twice. */
    UPSTREAM_URIS: variable(`a comma separated list, each ${HTTP_URL_FORM}`, parseUrls).optional(),
    /** How many upstreams to call at once; 1 calls them in order. */
    UPSTREAM_WORKERS: integer({ min: 1, max: 1000 }).default(1),
    MESSAGE: z.string().optional(),
    /** Where a browser reads a trace: its number is put behind it. A mesh on a laptop sets it. */
    TRACE_PAGE: httpUrl().optional(),

    TIMING_50_PERCENTILE: duration().optional(),
    TIMING_90_PERCENTILE: duration().optional(),
    TIMING_99_PERCENTILE: duration().optional(),
    /** In percent of the drawn time, up or down. */
    TIMING_VARIANCE: number({ min: 0, max: 100 }).default(0),

    ERROR_RATE: number({ min: 0, max: 1 }).default(0),
    ERROR_TYPE: oneOf('http_error', 'delay').default('http_error'),
    ERROR_CODE: integer({ min: 400, max: 599 }).default(500),
    ERROR_DELAY: duration().default(1_000),

    /** Requests per second. */
    RATE_LIMIT: number({ min: 0.001, max: 1_000_000 }).optional(),
    RATE_LIMIT_CODE: integer({ min: 400, max: 599 }).default(503),

    /** With TRACING=full each request computes a random Fibonacci number up to this one, and waits up to that long. */
    FIBONACCI_MAX: integer({ min: 0, max: 35 }).default(20),
    WAIT_MAX: duration().default(20),
  })
  .refine(({ UPSTREAM_URI, UPSTREAM_URIS }) => UPSTREAM_URI === undefined || UPSTREAM_URIS === undefined, {
    path: ['UPSTREAM_URIS'],
    error: 'unset where UPSTREAM_URI is set; write all of them here and remove UPSTREAM_URI',
    when: always,
  })
  .refine(({ TIMING_50_PERCENTILE: p50, TIMING_90_PERCENTILE: p90 }) => rises(p50, p90), {
    path: ['TIMING_90_PERCENTILE'],
    error: 'no shorter than TIMING_50_PERCENTILE',
    when: always,
  })
  .refine(
    (config) =>
      rises(config.TIMING_90_PERCENTILE ?? config.TIMING_50_PERCENTILE, config.TIMING_99_PERCENTILE),
    {
      path: ['TIMING_99_PERCENTILE'],
      error: 'no shorter than TIMING_90_PERCENTILE and TIMING_50_PERCENTILE',
      when: always,
    },
  );

export type ChainConfig = z.output<typeof chainVariables>;

function parseUrls(text: string): readonly string[] | undefined {
  const urls = text.split(',').map((url) => url.trim());
  return urls.every(isHttpUrl) ? urls : undefined;
}

/** Checks across variables run beside those of single ones, to report all mistakes at once. */
function always(): boolean {
  return true;
}

function rises(lower: number | undefined, upper: number | undefined): boolean {
  return lower === undefined || upper === undefined || upper >= lower;
}
