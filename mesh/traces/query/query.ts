/** What a search asks for; what is absent is not asked. */
export interface TraceQuery {
  readonly service?: string;
  /** The name of an operation, whole. */
  readonly operation?: string;
  /** Microseconds, both ends included. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
  /** Only traces with an error (true), or without one (false). */
  readonly error?: boolean;
  readonly tags: readonly TagCondition[];
  /** The trace began in this span of time; milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
}

/** A tag of this name, with this value when one is given. */
export interface TagCondition {
  readonly name: string;
  readonly value?: string;
}
