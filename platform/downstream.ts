import { createRequire } from 'node:module';
import type { Agent as AgentType, Dispatcher, EnvHttpProxyAgent as EnvHttpProxyAgentType } from 'undici';
import type { PlatformConfig } from '#platform/config.ts';
import { DownstreamCall, type DownstreamResult } from '#platform/downstream-call.ts';
import { secondsSince } from '#platform/duration.ts';
import type { OutgoingHeaders } from '#platform/headers.ts';
import type { ClientMetrics } from '#platform/metrics.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';

export interface DownstreamRequest {
  /** Scheme, host and port: `http://middleware`. */
  readonly origin: string;
  /** Path and query string. */
  readonly path: string;
  readonly headers: OutgoingHeaders;
  /** In milliseconds, for this call; UPSTREAM_TIMEOUT by default. */
  readonly timeoutMs?: number | undefined;
  /** The request on whose behalf this is. */
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

/** undici throws if it cannot even form the request (a header value that HTTP forbids). */
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

const require = createRequire(import.meta.url);

/**
 * undici's own modules, not its index: that also loads fetch, web sockets and caches, which nothing here uses and which
 * cost each service 13 MB and a tenth of its start-up time.
 */
const Agent: typeof AgentType = require('undici/lib/dispatcher/agent.js');

type ProxyConfig = Pick<
  PlatformConfig,
  | 'HTTP_PROXY'
  | 'http_proxy'
  | 'HTTPS_PROXY'
  | 'https_proxy'
  | 'NO_PROXY'
  | 'no_proxy'
  | 'UPSTREAM_CONNECT_TIMEOUT'
>;

/**
 * The dispatcher for outgoing HTTP: one pool per origin, through the proxy that the standard variables name. The lower
 * case wins where both are set, as in curl. On the laptop mesh the proxy is the pod's sidecar; without tunnels for
 * http:// the request reaches it in absolute form with the `Host` unchanged (RFC 9112 section 3.2.2).
 */
function createDispatcher(config: ProxyConfig): Dispatcher {
  const httpProxy = config.http_proxy ?? config.HTTP_PROXY ?? '';
  const httpsProxy = config.https_proxy ?? config.HTTPS_PROXY ?? '';
  // The call's own deadline (downstream.ts) covers what undici's coarser timers would.
  const limits = { connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT, headersTimeout: 0, bodyTimeout: 0 };
  // Without a proxy the plain agent saves a URL parse for every request.
  if (httpProxy === '' && httpsProxy === '') return new Agent(limits);
  provideConnect();
  const EnvHttpProxyAgent: typeof EnvHttpProxyAgentType = require('undici/lib/dispatcher/env-http-proxy-agent.js');
  const noProxy = config.no_proxy ?? config.NO_PROXY ?? '';
  return new EnvHttpProxyAgent({ ...limits, httpProxy, httpsProxy, noProxy, proxyTunnel: false });
}

/** undici's index gives every dispatcher this method; the proxy's agent needs it to ask for tunnels, by which https:// goes. */
function provideConnect(): void {
  const { prototype } = require('undici/lib/dispatcher/dispatcher.js');
  prototype.connect ??= require('undici/lib/api/api-connect.js');
}
