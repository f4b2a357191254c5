import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { Downstream } from '#platform/downstream.ts';
import type { ExportState } from '#platform/tracing/export-state.ts';

/** The trace that a request belongs to. */
export interface TraceReference {
  /** 16 or 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whether somebody keeps it, so that it can be looked up. */
  readonly sampled: boolean;
}

/** Spans that a service makes by hand. */
export interface HandMadeSpans {
  /** Calls `handle` within a span of the request, which ends when the answer has left. */
  request(req: Request, res: Response, handle: () => void): void;
  /** The same Downstream, with a span for each call. */
  calls(downstream: Downstream): Downstream;
}

/** What a service needs of tracing, whichever variant is on; none of it names a library. */
export interface Tracing {
  /** What answers say of it, such as `opentelemetry simple`. */
  readonly label?: string;
  /** The headers that the service itself copies to the requests it makes, by lower-case name. */
  readonly forwards: ReadonlySet<string>;
  /** The trace of the request that is being handled. */
  traceOf(headers: IncomingHttpHeaders): TraceReference | undefined;
  /** The spans of requests and calls, where no instrumentation makes them. */
  readonly spans?: HandMadeSpans;
  /** Where finished spans go. */
  readonly exports: readonly ExportState[];
  /** Sends what is still queued; gives up after `timeoutMs`. Never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
}
