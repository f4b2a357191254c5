import { describe, expect, it } from 'vitest';
import { githubReport, jsonReport, junitReport, tapReport } from '#mesh/testing/reports/formats.ts';
import { specReport } from '#mesh/testing/reports/spec.ts';
import type { TestReport, TestResult } from '#mesh/testing/test-result.ts';

const outcome: NonNullable<TestResult['outcome']> = {
  ...{ refusals: [], reasons: [], destinations: [], policies: [], origin: 'vs.yaml:9' },
  arrivals: [{ workload: 'reviews-v1', percent: 100 }],
  statuses: new Map([[200, 100]]),
};
const test = (name: string, line: number): TestResult['test'] => ({
  name,
  position: { file: 'a.mesh-test.yaml', line, column: 1 },
  request: { from: 'web', sidecar: true, url: 'http://x', method: 'GET', headers: {} },
});
const base = { file: 'a.mesh-test.yaml', milliseconds: 12, failures: [] };
const missed = {
  name: 'VirtualService default/reviews, rule 2',
  position: { file: 'vs.yaml', line: 15, column: 1 },
};
const cell = { caller: 'web', target: 'http://x' };
const report: TestReport = {
  results: [
    { ...base, test: test('fine #1', 3), outcome },
    {
      ...base,
      ...{ test: test('wrong <&>', 7), outcome },
      failures: [{ what: 'version', expected: 'v2', found: 'v1' }],
    },
    {
      ...base,
      test: test('lost', 9),
      mistake: { message: 'there is no workload "x"', fix: 'did you mean `y`?' },
    },
    { ...base, test: { ...test('web is allowed', 11), cell }, outcome },
  ],
  coverage: { rules: { all: 2, met: 1, missed: [missed] }, policies: { all: 0, met: 0, missed: [] } },
  speed: 'explained',
  milliseconds: 1234,
};

describe('reports', () => {
  it('for people', () => {
    expect(specReport(report, false)).toBe(`a.mesh-test.yaml
  ✔ fine #1
  ✘ wrong <&>  a.mesh-test.yaml:7
      version: expected v2, found v1
      what happens: reviews-v1; 200
      decided at vs.yaml:9
  ✘ lost  a.mesh-test.yaml:9
      there is no workload "x"
      fix: did you mean \`y\`?

  who may call what
        [1] http://x
        [1]
  web    ✔
  ✔ allowed  - denied  ± partly denied  ? not reached  ! not as expected

The tests have met 1 of 2 routing rules.
  not met: VirtualService default/reviews, rule 2  vs.yaml:15
2 passed, 2 failed (explained, 1.23 s)
`);
  });

  it('for TAP', () => {
    expect(tapReport(report).split('\n').slice(0, 9)).toEqual([
      'TAP version 14',
      '1..4',
      'ok 1 - fine \\#1',
      'not ok 2 - wrong <&>',
      '  ---',
      '  message: "version: expected v2, found v1"',
      '  at: a.mesh-test.yaml:7',
      '  ...',
      'not ok 3 - lost',
    ]);
  });

  it('for JUnit', () => {
    const xml = junitReport(report);
    expect(xml).toContain('<testsuites tests="4" failures="1" errors="1" skipped="0">');
    expect(xml).toContain('name="wrong &lt;&amp;>" file="a.mesh-test.yaml" time="0.012"');
    expect(xml).toContain('<failure message="version: expected v2, found v1" type="expectation">');
  });

  it('for GitHub', () => {
    expect(githubReport(report).split('\n')).toEqual([
      '::error file=a.mesh-test.yaml,line=7,title=wrong <&>::version: expected v2, found v1',
      '::error file=a.mesh-test.yaml,line=9,title=lost::there is no workload "x"%0Afix: did you mean `y`?',
      '::notice file=vs.yaml,line=15::no test meets VirtualService default/reviews, rule 2',
      '',
    ]);
  });

  it('for programs', () => {
    expect(jsonReport(report)).toMatchObject({
      ...{ passed: 2, failed: 2, speed: 'explained', milliseconds: 1234 },
      tests: [
        { passed: true },
        { passed: false, line: 7, complaints: ['version: expected v2, found v1'] },
        {},
        {},
      ],
    });
  });
});
