import type { FaultName } from '#services/chain/fault.ts';

/** What one hop did with one request; the answer in JSON is exactly this. */
export interface Hop {
  readonly name: string;
  readonly version?: string | undefined;
  /** Which tracing variant is on, such as `opentelemetry simple`. */
  readonly tracing?: string | undefined;
  /** The path and query of its request. */
  readonly uri: string;
  /** The status it answers with. */
  readonly status: number;
  /** Over the whole handling, the downstream calls included. */
  readonly seconds: number;
  readonly message?: string | undefined;
  /** A fault injected here, be it an error or a delay. */
  readonly fault?: FaultName | undefined;
  /** Why `status` is not a success. */
  readonly error?: string | undefined;
  readonly upstreams: readonly UpstreamCall[];
}

/** One call of a hop to a downstream. */
export interface UpstreamCall {
  /** As it was called. */
  readonly uri: string;
  /** The answer's; 502 or 504 if there was none. */
  readonly status: number;
  readonly seconds: number;
  /** Why there was no answer. */
  readonly error?: string;
  /** The body: a Hop from another chain service, other JSON, or text. Absent where there was no answer. */
  readonly answer?: unknown;
}
