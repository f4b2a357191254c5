/** One question about speed, answered by measuring. */
export interface Benchmark {
  /** What a person types: `make bench ONLY=chain`. */
  readonly name: string;
  /** What is measured, in one line. */
  readonly title: string;
  /** Rejects when what was measured did not work; a missed aim is a result. */
  run(session: BenchSession): Promise<BenchResult>;
}

export interface BenchSession {
  /** Says what is going on, on one line that the next call replaces. */
  progress(text: string): void;
  /** A folder for logs and configuration, removed at the end. */
  readonly folder: string;
}

export interface BenchResult {
  readonly tables: readonly BenchTable[];
  readonly aims: readonly Aim[];
  /** What a reader must know to understand the numbers. */
  readonly notes?: readonly string[];
}

export interface BenchTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the project wants to reach, and whether this run did. */
export interface Aim {
  readonly text: string;
  readonly measured: string;
  readonly met: boolean;
}
