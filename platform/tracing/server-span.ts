import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_HTTP_ROUTE } from '@opentelemetry/semantic-conventions';
import type { Exchange } from '#platform/telemetry.ts';

/** Adds what the service knows of a request and node:http does not, when its span ends. */
export function describeServerSpan(
  span: Span,
  request: ClientRequest | IncomingMessage,
  response: IncomingMessage | ServerResponse,
): void {
  const exchange = exchangeOf(response);
  if (!exchange || !span.isRecording()) return;
  const { route, requestId, error } = exchange;
  span.setAttribute('request.id', requestId);
  if (route !== '') span.setAttribute(ATTR_HTTP_ROUTE, route).updateName(`${request.method} ${route}`);
  // The instrumentation has set the status of a 5xx without a message.
  const failed = 'statusCode' in response && (response.statusCode ?? 0) >= 500;
  if (error !== undefined && failed) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
}

function exchangeOf(response: object): Exchange | undefined {
  return 'locals' in response ? (response.locals as { exchange?: Exchange }).exchange : undefined;
}

/** Machines ask for these every few seconds, so they get no spans. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
