import type { IncomingHttpHeaders } from 'node:http';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Downstream } from '#platform/downstream.ts';
import type { DownstreamResult } from '#platform/downstream-call.ts';
import { statusText } from '#platform/error-answer.ts';
import { forwardedHeaders, type OutgoingHeaders } from '#platform/headers.ts';
import { parseJson } from '#platform/parse-json.ts';
import { exchangeOf } from '#platform/telemetry.ts';

/** The result of a call for JSON. */
export type JsonResult<T> =
  | { readonly ok: true; readonly value: T; readonly headers: IncomingHttpHeaders }
  | {
      readonly ok: false;
      /** The other side's; 502 or 504 if it gave no answer, or an answer that cannot be used. */
      readonly status: number;
      /** Whether `status` is the other side's. */
      readonly answered: boolean;
      /** For people: `answered 503 Service Unavailable`, `no answer within 3s`. */
      readonly reason: string;
    };

export interface JsonCall<T> {
  /** Scheme, host and port: `http://ratings:9080`. */
  readonly origin: string;
  /** Path and query string. */
  readonly path: string;
  /** Those of `headersToForward`, and the caller's. */
  readonly headers: OutgoingHeaders;
  readonly timeoutMs: number;
  /** The answer's shape; any other shape is a failure. */
  readonly schema: z.ZodType<T>;
  /** The answer that needs this call: when its client leaves, the call is cancelled. */
  readonly res: Response;
}

/**
 * The headers that a service sends on: those that `names` lists of the request that it is answering, and that request's
 * id, which the service chose itself if the client sent none.
 */
export function headersToForward(res: Response, names: ReadonlySet<string>): OutgoingHeaders {
  const headers = forwardedHeaders(res.req.rawHeaders, names);
  headers['x-request-id'] ??= exchangeOf(res).requestId;
  return headers;
}

/** GETs JSON from another service. Failures are results, never rejections; anything but a 2xx is one. */
export async function getJson<T>(downstream: Downstream, call: JsonCall<T>): Promise<JsonResult<T>> {
  const { origin, path, timeoutMs, schema, res } = call;
  const { trace, calls } = exchangeOf(res);
  const headers = { ...call.headers, accept: 'application/json' };
  const ongoing = downstream.get({ origin, path, headers, timeoutMs, trace });
  calls.push(ongoing);
  return readResult(await ongoing.result, schema);
}

function readResult<T>(result: DownstreamResult, schema: z.ZodType<T>): JsonResult<T> {
  const { status } = result;
  if (result.kind === 'failure') return { ok: false, status, answered: false, reason: result.reason };
  if (status < 200 || status > 299)
    return { ok: false, status, answered: true, reason: `answered ${statusText(status)}` };
  const parsed = schema.safeParse(value(result.body));
  if (parsed.success) return { ok: true, value: parsed.data, headers: result.headers };
  return { ok: false, status: 502, answered: false, reason: 'answered with something unexpected' };
}

function value(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
