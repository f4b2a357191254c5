import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { secondsSince } from '#platform/elapsed.ts';
import { forwardedHeaders } from '#platform/headers.ts';
import type { Platform } from '#platform/service.ts';
import { exchangeOf } from '#platform/telemetry.ts';
import { type ChainConfig, upstreamUrls } from '#services/chain/config.ts';
import type { Faults } from '#services/chain/fault.ts';
import { type Form, formFor } from '#services/chain/form.ts';
import type { Hop, UpstreamCall } from '#services/chain/hop.ts';
import { outcomeOf } from '#services/chain/outcome.ts';
import { type Overrides, queryToPassOn, readOverrides } from '#services/chain/overrides.ts';
import { reply } from '#services/chain/reply.ts';
import { callUpstreams } from '#services/chain/upstreams.ts';

interface HopOptions {
  readonly platform: Platform<ChainConfig>;
  readonly faults: Faults;
}

/** The way of a request through one hop: fault → downstream → reply. */
export function hopHandler({ platform, faults }: HopOptions): RequestHandler {
  const { config, name } = platform;
  const call = upstreamCaller(platform);
  return async (req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = '/';
    const overrides = readOverrides(req);
    const form = formFor(req);
    const fault = faults(overrides);
    if (fault.delay > 0) await sleep(fault.delay);
    const upstreams = fault.answer || res.closed ? [] : await call({ req, res, overrides, form });
    const outcome = outcomeOf(fault, upstreams);
    if (outcome.error !== undefined) exchange.error = outcome.error;
    const hop: Hop = {
      name,
      ...(config.SERVICE_VERSION !== undefined && { version: config.SERVICE_VERSION }),
      uri: req.originalUrl,
      ...outcome,
      seconds: secondsSince(exchange.startedAt),
      ...(config.MESSAGE !== undefined && { message: config.MESSAGE }),
      ...(fault.name !== undefined && { fault: fault.name }),
      upstreams,
    };
    const wishes = { fail: overrides.fail ?? 0, user: String(req.headers['x-dev-user'] ?? '') };
    reply(res, { hop, form, requestId: exchange.requestId, wishes });
  };
}

interface CallContext {
  readonly req: Request;
  readonly res: Response;
  readonly overrides: Overrides;
  readonly form: Form;
}

function upstreamCaller({ config, downstream }: Platform<ChainConfig>) {
  const urls = upstreamUrls(config);
  return ({ req, res, overrides, form }: CallContext): Promise<readonly UpstreamCall[]> => {
    const headers = forwardedHeaders(req.rawHeaders);
    headers['x-request-id'] ??= exchangeOf(res).requestId;
    // One asked for by query travels on as the header that it stands for.
    if (overrides.fail !== undefined) headers['fail'] = String(overrides.fail);
    return callUpstreams(downstream, {
      urls,
      workers: config.UPSTREAM_WORKERS,
      query: queryToPassOn(req.url),
      headers,
      json: form !== 'text',
      started: (call) => res.once('close', () => call.cancel('the client left')),
    });
  };
}
