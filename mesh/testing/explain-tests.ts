import { callersOf } from '#mesh/testing/callers.ts';
import { explainedOutcome } from '#mesh/testing/explained-outcome.ts';
import type { ImaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { judge } from '#mesh/testing/judge.ts';
import type { Outcome } from '#mesh/testing/outcome.ts';
import { TestMistake } from '#mesh/testing/schema-issues.ts';
import type { TestCase, TestSuite } from '#mesh/testing/test-case.ts';
import type { TestResult } from '#mesh/testing/test-result.ts';

/** The tests of a file, those of workloads included that its table only calls `others`. */
export function casesOf(suite: TestSuite, { mesh }: ImaginaryMesh): readonly TestCase[] {
  const callers = callersOf(mesh, suite.namespace);
  const others = suite.others.flatMap(({ named, caseOf }) =>
    callers.filter((caller) => !named.includes(caller)).map(caseOf),
  );
  return [...suite.cases, ...others];
}

/** Judges every test of a file by the configuration alone; no process is started and nothing is sent. */
export function explainTests(suite: TestSuite, imagined: ImaginaryMesh): readonly TestResult[] {
  const { mesh } = imagined;
  const { namespace, file } = suite;
  return casesOf(suite, imagined).map((test) =>
    resultOf({ file, test }, () => explainedOutcome(test.request, { mesh, namespace })),
  );
}

/** A test's result, with the time that it took; a mistake of the test ends it alone. */
export function resultOf(test: Pick<TestResult, 'file' | 'test'>, ask: () => Outcome): TestResult {
  const start = performance.now();
  try {
    const outcome = ask();
    return { ...judged(test, outcome), milliseconds: performance.now() - start };
  } catch (error) {
    return { ...mistaken(test, error), milliseconds: performance.now() - start };
  }
}

/** The same test with what its outcome says of its expectations. */
export function judged(
  test: Pick<TestResult, 'file' | 'test'>,
  outcome: Outcome,
): Omit<TestResult, 'milliseconds'> {
  const { expect, destinations } = test.test;
  if (expect || destinations) return { ...test, outcome, failures: judge(test.test, outcome) };
  const mistake = {
    message: 'the test expects nothing',
    fix: 'add `expect`, or let `mesh test --record` write what happens now',
  };
  return { ...test, outcome, failures: [], mistake };
}

/** @throws errors that are not mistakes in the test. */
export function mistaken(
  test: Pick<TestResult, 'file' | 'test'>,
  error: unknown,
): Omit<TestResult, 'milliseconds'> {
  if (!(error instanceof TestMistake)) throw error;
  const { message, fix } = error;
  return { ...test, failures: [], mistake: { message, ...(fix !== undefined && { fix }) } };
}
