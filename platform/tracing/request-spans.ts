import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_URL_PATH,
} from '@opentelemetry/semantic-conventions';
import type { Request, Response } from 'express';
import { PROBES } from '#platform/tracing/probe-paths.ts';
import { describeServerSpan } from '#platform/tracing/server-span.ts';

const tracer = trace.getTracer('mesh101');

/**
 * By hand what the instrumentation of node:http does: calls `handle` within a span that goes on the trace of the request's
 * headers and ends when the answer has left. A probe gets none.
 */
export function withinRequestSpan(req: Request, res: Response, handle: () => void): void {
  if (PROBES.has(req.url)) {
    handle();
    return;
  }
  const before = propagation.extract(ROOT_CONTEXT, req.headers);
  const span = tracer.startSpan(req.method, { kind: SpanKind.SERVER }, before);
  res.on('close', () => end(span, req, res));
  context.with(trace.setSpan(before, span), handle);
}

function end(span: Span, req: Request, res: Response): void {
  // Nobody asks before: a request that is not kept costs no attributes.
  if (!span.isRecording()) return;
  span.setAttributes({
    [ATTR_HTTP_REQUEST_METHOD]: req.method,
    [ATTR_URL_PATH]: req.path,
    [ATTR_HTTP_RESPONSE_STATUS_CODE]: res.statusCode,
  });
  describeServerSpan(span, req, res);
  span.end();
}
