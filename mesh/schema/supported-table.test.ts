import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { supportedMarkdown } from '#mesh/schema/supported-table.ts';

const document = new URL('../../docs/supported.md', import.meta.url);

it('docs/supported.md is what the schemas say', () => {
  const markdown = supportedMarkdown();
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(document, markdown);
  expect(markdown).toBe(readFileSync(document, 'utf8'));
});

it('tells the three sorts of field apart', () => {
  const rows = supportedMarkdown().split('\n');
  expect(rows).toContain('| `spec.http[].retries.perTryTimeout` | yes |');
  expect(rows).toContain('| `spec.template.spec.affinity` | ignored: the laptop is the only node |');
  expect(rows).toContain('| `spec.tcp` | not yet: TCP goes to the service as if there were no rule |');
});
