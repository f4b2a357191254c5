import junitModule, { type Builder } from 'junit-report-builder';
import { stringify } from 'yaml';
import { formatPosition } from '#mesh/diagnostic.ts';
import { describeOutcome } from '#mesh/testing/outcome.ts';
import { complaints, passed, type TestReport, type TestResult } from '#mesh/testing/test-result.ts';

// The package's types speak of `exports.default`, its code is `module.exports`.
const junit = junitModule as unknown as Builder;

/** The Test Anything Protocol, version 14 (https://testanything.org/tap-version-14-specification.html). */
export function tapReport({ results }: TestReport): string {
  const lines = results.map((result, index) => {
    const name = result.test.name.replaceAll('#', '\\#');
    const line = `${passed(result) ? 'ok' : 'not ok'} ${index + 1} - ${name}\n`;
    return passed(result) ? line : line + tapDetails(result);
  });
  return `TAP version 14\n1..${results.length}\n${lines.join('')}`;
}

function tapDetails(result: TestResult): string {
  const details = { message: complaints(result).join('\n'), at: formatPosition(result.test.position) };
  const text = stringify(details, { lineWidth: 0 }).trimEnd().replaceAll(/^/gm, '  ');
  return `  ---\n${text}\n  ...\n`;
}

/** JUnit's XML, one suite for each file. */
export function junitReport({ results }: TestReport): string {
  const builder = junit.newBuilder();
  for (const [file, ofFile] of Map.groupBy(results, (result) => result.file)) {
    const suite = builder.testSuite().name(file);
    for (const result of ofFile) {
      const { test, milliseconds } = result;
      const one = suite
        .testCase()
        .className(file)
        .name(test.name)
        .file(file)
        .time(milliseconds / 1000);
      if (passed(result)) continue;
      const [first = 'failed'] = complaints(result);
      const text = [...complaints(result), formatPosition(test.position)].join('\n');
      if (result.mistake) one.error(first, 'mistake', text);
      else one.failure(first, 'expectation').stacktrace(text);
    }
  }
  return `${builder.build()}\n`;
}

/** GitHub's workflow commands, which become annotations at file and line. */
export function githubReport({ results, coverage }: TestReport): string {
  const errors = results
    .filter((result) => !passed(result))
    .map((result) => {
      const { file, line } = result.test.position;
      const title = property(result.test.name);
      return `::error file=${property(file)},line=${line},title=${title}::${data(complaints(result).join('\n'))}\n`;
    });
  const missed = [...coverage.rules.missed, ...coverage.policies.missed].map(
    ({ name, position }) =>
      `::notice file=${property(position.file)},line=${position.line}::${data(`no test meets ${name}`)}\n`,
  );
  return [...errors, ...missed].join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** For programs. */
export function jsonReport({ results, coverage, speed, milliseconds }: TestReport): object {
  return {
    speed,
    milliseconds: Math.round(milliseconds),
    passed: results.filter(passed).length,
    failed: results.filter((result) => !passed(result)).length,
    tests: results.map((result) => ({
      file: result.file,
      line: result.test.position.line,
      name: result.test.name,
      passed: passed(result),
      complaints: complaints(result),
      ...(result.outcome && { outcome: describeOutcome(result.outcome) }),
      ...(result.outcome?.origin !== undefined && { origin: result.outcome.origin }),
    })),
    coverage,
  };
}
