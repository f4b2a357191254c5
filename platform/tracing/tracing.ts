import type { IncomingHttpHeaders } from 'node:http';
import type { ExportState } from '#platform/tracing/export-state.ts';

/** The trace that a request belongs to. */
export interface TraceReference {
  /** 16 or 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whether somebody keeps it, so that it can be looked up. */
  readonly sampled: boolean;
}

/** What a service needs of tracing, whichever variant is on; none of it names a library. */
export interface Tracing {
  /** What answers say of it, such as `opentelemetry simple`. */
  readonly label?: string;
  /** The headers that the service itself copies to the requests it makes, by lower-case name. */
  readonly forwards: ReadonlySet<string>;
  /** The trace of the request that is being handled. */
  traceOf(headers: IncomingHttpHeaders): TraceReference | undefined;
  /** Where finished spans go. */
  readonly exports: readonly ExportState[];
  /** Sends what is still queued; gives up after `timeoutMs`. Never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
}
