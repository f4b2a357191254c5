import type { Dispatcher } from 'undici';
import type { PlatformConfig } from '#platform/config.ts';
import { DownstreamCall, type DownstreamResult } from '#platform/downstream-call.ts';
import { secondsSince } from '#platform/elapsed.ts';
import type { OutgoingHeaders } from '#platform/headers.ts';
import type { ClientMetrics } from '#platform/metrics.ts';
import { createDispatcher } from '#platform/proxy.ts';
import type { TraceReference } from '#platform/tracing/tracing.ts';

export interface DownstreamRequest {
  /** Scheme, host and port: `http://middleware`. */
  readonly origin: string;
  /** Path and query string. */
  readonly path: string;
  readonly headers: OutgoingHeaders;
  /** In milliseconds, for this call; UPSTREAM_TIMEOUT by default. */
  readonly timeoutMs?: number | undefined;
  /** What the call is made for. */
  readonly trace?: TraceReference | undefined;
}

/** A call under way. */
export interface OngoingCall {
  readonly result: Promise<DownstreamResult>;
  cancel(reason: string): void;
}

/** Makes a service's outgoing GET requests. Failures are results, never rejections. */
export interface Downstream {
  get(request: DownstreamRequest): OngoingCall;
  close(): Promise<void>;
}

interface DownstreamOptions {
  readonly config: PlatformConfig;
  readonly metrics: ClientMetrics;
  readonly dispatcher?: Dispatcher;
}

/** A Downstream with the time-outs, limits and proxies of the environment, counted in the service's metrics. */
export function createDownstream({
  config,
  metrics,
  dispatcher = createDispatcher(config),
}: DownstreamOptions): Downstream {
  const limits = { timeoutMs: config.UPSTREAM_TIMEOUT, maxBytes: config.UPSTREAM_MAX_BYTES };
  const limitsOf = ({ timeoutMs }: DownstreamRequest) =>
    timeoutMs === undefined ? limits : { ...limits, timeoutMs };
  return {
    get(request) {
      const startedAt = performance.now();
      const { promise, resolve } = Promise.withResolvers<DownstreamResult>();
      const call = new DownstreamCall(limitsOf(request), (result) => {
        const { origin: upstream, trace } = request;
        metrics.observe({ upstream, result, seconds: secondsSince(startedAt), trace });
        resolve(result);
      });
      dispatch(dispatcher, request, call);
      return { result: promise, cancel: (reason) => call.cancel(reason) };
    },
    close: () => dispatcher.destroy(null),
  };
}

/** undici throws where a request cannot even be formed (a header value that HTTP forbids). */
function dispatch(
  dispatcher: Dispatcher,
  { origin, path, headers }: DownstreamRequest,
  call: DownstreamCall,
): void {
  try {
    dispatcher.dispatch({ origin, path, method: 'GET', headers }, call);
  } catch (error) {
    call.fail(error instanceof Error ? error : new Error(String(error)));
  }
}
