/** The trace that a request belongs to. */
export interface TraceReference {
  /** 16 or 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whether somebody keeps it, so that it can be looked up. */
  readonly sampled: boolean;
}
