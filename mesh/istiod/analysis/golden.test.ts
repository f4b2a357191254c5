import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import { rules } from '#mesh/istiod/analysis/rules.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { expectGoldenText, type GoldenCase, goldenCases } from '#test/golden.ts';

const cases = goldenCases(join(import.meta.dirname, 'testdata'), '.out.txt');

describe('analysis', () => {
  it.each(cases)('$name', (golden) => {
    expectGoldenText(golden.out, diagnose(golden));
  });

  it('has a case for every rule', () => {
    const names = rules.map(({ name }) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    const covered = cases.map(({ name }) => name);
    expect(names.filter((name) => !covered.includes(name))).toEqual([]);
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
