import type { Coverage } from '#mesh/testing/coverage.ts';
import type { Failure } from '#mesh/testing/judge.ts';
import type { Outcome } from '#mesh/testing/outcome.ts';
import type { TestCase } from '#mesh/testing/test-case.ts';

/** What came of one test. */
export interface TestResult {
  readonly file: string;
  readonly test: TestCase;
  /** Absent where nothing could be asked. */
  readonly outcome?: Outcome;
  readonly failures: readonly Failure[];
  /** Why nothing could be asked, and what to do about it. */
  readonly mistake?: { readonly message: string; readonly fix?: string };
  readonly milliseconds: number;
}

/** All of a run. */
export interface TestReport {
  readonly results: readonly TestResult[];
  readonly coverage: Coverage;
  /** Whether requests were sent. */
  readonly speed: 'explained' | 'real traffic';
  readonly milliseconds: number;
}

export function passed({ failures, mistake }: TestResult): boolean {
  return failures.length === 0 && mistake === undefined;
}

/** One line for each thing that is wrong. */
export function complaints({ failures, mistake }: TestResult): readonly string[] {
  const lines = failures.map(({ what, expected, found }) => `${what}: expected ${expected}, found ${found}`);
  if (!mistake) return lines;
  return [...lines, mistake.message, ...(mistake.fix ? [`fix: ${mistake.fix}`] : [])];
}
