import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler } from 'express';
import { secondsSince } from '#platform/duration.ts';
import { forwardedHeaders, type OutgoingHeaders } from '#platform/headers.ts';
import { createRandom } from '#platform/random.ts';
import type { Platform } from '#platform/service.ts';
import { type Exchange, exchangeOf } from '#platform/telemetry.ts';
import type { ChainConfig } from '#services/chain/config.ts';
import type { ChainCounts } from '#services/chain/counts.ts';
import type { Faults } from '#services/chain/fault.ts';
import { type Form, formFor } from '#services/chain/form.ts';
import type { Hop, UpstreamCall } from '#services/chain/hop.ts';
import { outcomeOf } from '#services/chain/outcome.ts';
import { type Overrides, queryToPassOn, readOverrides } from '#services/chain/overrides.ts';
import { createOwnSpans, type OwnSpans } from '#services/chain/own-spans.ts';
import { reply } from '#services/chain/reply.ts';
import { upstreamsOf, withQuery } from '#services/chain/upstream.ts';
import { callUpstreams } from '#services/chain/upstreams.ts';

interface HopOptions {
  readonly platform: Platform<ChainConfig>;
  readonly faults: Faults;
  readonly counts: ChainCounts;
}

/** The way of a request through one hop: fault → downstream → reply. */
export function hopHandler({ platform, faults, counts }: HopOptions): RequestHandler {
  const { config, name } = platform;
  const { SERVICE_VERSION: version, MESSAGE: message } = config;
  const { label: tracing } = platform.tracing;
  const ownSpans = config.TRACING === 'full' ? ownSpansOf(platform) : undefined;
  const call = upstreamCaller(platform);
  return async (req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = '/';
    const overrides = readOverrides(req);
    const form = formFor(req);
    const fault = faults(overrides);
    if (fault.delay > 0) await sleep(fault.delay);
    const { trace } = exchange;
    if (fault.name) counts.faults({ kind: fault.name }, trace);
    if (ownSpans && !fault.answer) counts.fibonacci({ n: await ownSpans.work() }, trace);
    const upstreams = fault.answer || res.closed ? [] : await call({ req, exchange, overrides, form });
    for (const upstream of upstreams) counts.upstream(upstream, trace);
    const { status, error } = outcomeOf(fault, upstreams);
    exchange.error = error;
    if (error !== undefined) ownSpans?.failed(error);
    const seconds = secondsSince(exchange.startedAt);
    const uri = req.originalUrl;
    const hop: Hop = {
      ...{ name, version, tracing, uri, status, error, seconds, message, fault: fault.name, upstreams },
    };
    const wishes = { fail: overrides.fail ?? 0, user: String(req.headers['x-dev-user'] ?? '') };
    const traceUrl = config.TRACE_PAGE && trace ? config.TRACE_PAGE + trace.traceId : undefined;
    reply(res, { hop, form, requestId: exchange.requestId, wishes, traceUrl });
  };
}

/** Separate random numbers, so that faults drawn from a seed are the same with and without this work. */
function ownSpansOf({ config, name }: Platform<ChainConfig>): OwnSpans {
  return createOwnSpans({ config, random: createRandom({ seed: config.RAND_SEED, name: `${name} work` }) });
}

interface CallContext {
  readonly req: Request;
  readonly exchange: Exchange;
  readonly overrides: Overrides;
  readonly form: Form;
}

function upstreamCaller({ config, downstream, tracing }: Platform<ChainConfig>) {
  const upstreams = upstreamsOf(config);
  const workers = config.UPSTREAM_WORKERS;
  return (context: CallContext): Promise<readonly UpstreamCall[]> => {
    const query = queryToPassOn(context.req.url);
    return callUpstreams(downstream, {
      upstreams: query === '' ? upstreams : upstreams.map((upstream) => withQuery(upstream, query)),
      workers,
      headers: headersFor(context, tracing.forwards),
      trace: context.exchange.trace,
      json: context.form !== 'text',
      calls: context.exchange.calls,
    });
  };
}

/** Asks each service for the form that the client gets; a host outside of the chain may answer as it likes. */
const JSON_FIRST = 'application/json, */*;q=0.5';
const TEXT_FIRST = 'text/plain, */*;q=0.5';

function headersFor(
  { req, exchange, overrides, form }: CallContext,
  forwards: ReadonlySet<string>,
): OutgoingHeaders {
  const headers = forwardedHeaders(req.rawHeaders, forwards);
  headers['x-request-id'] ??= exchange.requestId;
  // An override in the query travels on as the header of that name.
  if (overrides.fail !== undefined) headers['fail'] = String(overrides.fail);
  headers['accept'] = form === 'text' ? TEXT_FIRST : JSON_FIRST;
  return headers;
}
