import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyze } from '#mesh/analyze/analyze.ts';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';

const folder = new URL('./testdata/', import.meta.url);
const cases = readdirSync(folder).filter((name) => name.endsWith('.in.yaml'));

/** A case is a new `name.in.yaml`; `UPDATE_GOLDEN=1` writes its `name.out.txt`. */
describe('analysis', () => {
  it.each(cases)('%s', (name) => {
    const output = diagnose(name);
    const golden = new URL(name.replace('.in.yaml', '.out.txt'), folder);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, output);
    expect(output).toBe(readFileSync(golden, 'utf8'));
  });

  it('has a case for every rule', () => {
    const rules = readdirSync(new URL('./rules/', import.meta.url)).map((name) =>
      name.replace('.ts', '.in.yaml'),
    );
    expect(rules.filter((name) => !cases.includes(name))).toEqual([]);
  });
});

function diagnose(name: string): string {
  const loaded = loadManifest({ file: name, text: readFileSync(new URL(name, folder), 'utf8') });
  const parsed = parseResources(loaded.documents, { namespace: 'default' });
  // Each object is right by itself: what a case shows is between objects.
  expect(
    [...loaded.diagnostics, ...parsed.diagnostics].filter(({ severity }) => severity === 'error'),
  ).toEqual([]);
  return `${analyze(parsed.resources).map(formatDiagnostic).join('\n')}\n`;
}
