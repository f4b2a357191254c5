import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import type { Downstream, DownstreamRequest } from '#platform/downstream.ts';
import type { DownstreamResult } from '#platform/downstream-call.ts';

const tracer = trace.getTracer('mesh101');

/** By hand what the instrumentation of undici does: each call is a span, and its headers name that span. */
export function withCallSpans(downstream: Downstream): Downstream {
  return {
    get(request) {
      const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT });
      const headers = { ...request.headers };
      propagation.inject(trace.setSpan(context.active(), span), headers);
      const call = downstream.get({ ...request, headers });
      if (span.isRecording()) void call.result.then((result) => end(span, request, result));
      return call;
    },
    close: () => downstream.close(),
  };
}

function end(span: Span, { origin, path }: DownstreamRequest, result: DownstreamResult): void {
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
