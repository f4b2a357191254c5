import { join } from 'node:path';
import { describe, it } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { expectGoldenText, type GoldenCase, goldenCases } from '#test/golden.ts';

describe('diagnostics of load and schema', () => {
  it.each(goldenCases(join(import.meta.dirname, 'testdata'), '.out.txt'))('$name', (golden) => {
    expectGoldenText(golden.out, diagnose(golden));
  });
});

function diagnose({ name, text }: GoldenCase): string {
  const loaded = loadManifest({ file: `${name}.in.yaml`, text });
  const { resources, diagnostics } = parseResources(loaded.documents, { namespace: 'default' });
  const accepted = resources.map(({ kind, metadata }) => `accepted: ${kind} ${metadata.name}`);
  return `${[...loaded.diagnostics, ...diagnostics].map(formatDiagnostic).concat(accepted).join('\n')}\n`;
}
