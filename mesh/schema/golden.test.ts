import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';

const folder = new URL('./testdata/', import.meta.url);
const cases = readdirSync(folder).filter((name) => name.endsWith('.in.yaml'));

/** A case is a new `name.in.yaml`; `UPDATE_GOLDEN=1` writes its `name.out.txt`. */
describe('diagnostics of load and schema', () => {
  it.each(cases)('%s', (name) => {
    const output = diagnose(name);
    const golden = new URL(name.replace('.in.yaml', '.out.txt'), folder);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, output);
    expect(output).toBe(readFileSync(golden, 'utf8'));
  });
});

function diagnose(name: string): string {
  const loaded = loadManifest({ file: name, text: readFileSync(new URL(name, folder), 'utf8') });
  const { resources, diagnostics } = parseResources(loaded.documents, { namespace: 'default' });
  const accepted = resources.map(({ kind, metadata }) => `accepted: ${kind} ${metadata.name}`);
  return `${[...loaded.diagnostics, ...diagnostics].map(formatDiagnostic).concat(accepted).join('\n')}\n`;
}
