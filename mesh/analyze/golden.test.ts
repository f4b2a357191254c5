import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '#mesh/analyze/analyze.ts';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';
import { expectGoldenText, type GoldenCase, goldenCases } from '#test/golden.ts';

const cases = goldenCases(join(import.meta.dirname, 'testdata'), '.out.txt');

describe('analysis', () => {
  it.each(cases)('$name', (golden) => {
    expectGoldenText(golden.out, diagnose(golden));
  });

  it('has a case for every rule', () => {
    const rules = readdirSync(join(import.meta.dirname, 'rules')).map((file) => file.replace('.ts', ''));
    const covered = cases.map(({ name }) => name);
    expect(rules.filter((rule) => !covered.includes(rule))).toEqual([]);
  });
});

function diagnose({ name, text }: GoldenCase): string {
  const loaded = loadManifest({ file: `${name}.in.yaml`, text });
  const parsed = parseResources(loaded.documents, { namespace: 'default' });
  // Each object is right by itself: what a case shows is between objects.
  expect(
    [...loaded.diagnostics, ...parsed.diagnostics].filter(({ severity }) => severity === 'error'),
  ).toEqual([]);
  return `${analyze(parsed.resources).map(formatDiagnostic).join('\n')}\n`;
}
