import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
} from '@opentelemetry/semantic-conventions';
import type { Request, Response } from 'express';
import type { Downstream, DownstreamRequest } from '#platform/downstream.ts';
import type { DownstreamResult } from '#platform/downstream-call.ts';
import { exportSpans } from '#platform/tracing/export-spans.ts';
import { b3Propagation, leanSdk, type SdkOptions, sdkTracing } from '#platform/tracing/sdk-options.ts';
import { describeServerSpan, PROBES } from '#platform/tracing/server-span.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** Where Jaeger's agent listens on the same machine by default. */
const LOCAL_JAEGER = { JAEGER_HOST: 'localhost' };

/**
 * Variant 3, `TRACING=full`: every span is made by hand through @opentelemetry/api: one for each request, one for each call,
 * and those of the service's own work (services/chain/own-spans.ts). There always is an exporter.
 */
export async function startFull(options: SdkOptions): Promise<Tracing> {
  const { spanProcessors, exports } = await exportSpans(options.config, { fallback: LOCAL_JAEGER });
  const sdk = new NodeSDK({
    ...leanSdk(options),
    instrumentations: [],
    ...b3Propagation(options.config),
    spanProcessors,
  });
  sdk.start();
  const tracing = sdkTracing({ sdk, exports, label: 'opentelemetry full' });
  return { ...tracing, spans: { request: withinRequestSpan, calls: withCallSpans } };
}

/**
 * Does by hand what the instrumentation of node:http does: calls `handle` within a span that continues the trace of the request's
 * headers and ends when the answer has left. A probe gets none.
 */
export function withinRequestSpan(req: Request, res: Response, handle: () => void): void {
  if (PROBES.has(req.url)) {
    handle();
    return;
  }
  const before = propagation.extract(ROOT_CONTEXT, req.headers);
  const span = tracer.startSpan(req.method, { kind: SpanKind.SERVER }, before);
  res.on('close', () => endRequest(span, req, res));
  context.with(trace.setSpan(before, span), handle);
}

function endRequest(span: Span, req: Request, res: Response): void {
  // Only now: a request that is not kept costs no attributes.
  if (!span.isRecording()) return;
  span.setAttributes({
    [ATTR_HTTP_REQUEST_METHOD]: req.method,
    [ATTR_URL_PATH]: req.path,
    [ATTR_HTTP_RESPONSE_STATUS_CODE]: res.statusCode,
  });
  describeServerSpan(span, req, res);
  span.end();
}

const tracer = trace.getTracer('mesh101');

/** Does by hand what the instrumentation of undici does: each call is a span, and its headers name that span. */
export function withCallSpans(downstream: Downstream): Downstream {
  return {
    get(request) {
      const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT });
      const headers = { ...request.headers };
      propagation.inject(trace.setSpan(context.active(), span), headers);
      const call = downstream.get({ ...request, headers });
      if (span.isRecording()) void call.result.then((result) => endCall(span, request, result));
      return call;
    },
    close: () => downstream.close(),
  };
}

function endCall(span: Span, { origin, path }: DownstreamRequest, result: DownstreamResult): void {
  span.setAttributes({ [ATTR_HTTP_REQUEST_METHOD]: 'GET', [ATTR_URL_FULL]: origin + path });
  if (result.kind === 'answer') {
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, result.status);
    if (result.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
  } else {
    span.recordException({ name: 'NoAnswer', message: result.reason });
    span.setStatus({ code: SpanStatusCode.ERROR, message: result.reason });
  }
  span.end();
}
