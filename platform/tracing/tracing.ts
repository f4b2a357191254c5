import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { Downstream } from '#platform/downstream.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';
import type { ExportState } from '#platform/tracing/watched-exporter.ts';

/** Spans that a service makes by hand. */
export interface HandMadeSpans {
  /** Calls `handle` within a span of the request, which ends when the answer has left. */
  request(req: Request, res: Response, handle: () => void): void;
  /** The same Downstream, with a span for each call. */
  calls(downstream: Downstream): Downstream;
}

/** What a service needs of tracing, in any variant; no library shows through. */
export interface Tracing {
  /** Its name in answers, such as `opentelemetry simple`. */
  readonly label?: string;
  /** The headers that the service itself copies to the requests it makes, by lower-case name. */
  readonly forwards: ReadonlySet<string>;
  /** The trace of the request that is being handled. */
  traceOf(headers: IncomingHttpHeaders): TraceReference | undefined;
  /** The spans of requests and calls, if no instrumentation makes them. */
  readonly spans?: HandMadeSpans;
  /** Where finished spans go. */
  readonly exports: readonly ExportState[];
  /** Sends what is still queued; gives up after `timeoutMs`. Never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
}
