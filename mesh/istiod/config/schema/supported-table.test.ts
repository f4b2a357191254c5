import { join } from 'node:path';
import { expect, it } from 'vitest';
import { supportedMarkdown } from '#mesh/istiod/config/schema/supported-table.ts';
import { expectGoldenText } from '#test/golden.ts';

it('docs/supported.md is what the schemas say', () => {
  expectGoldenText(join(import.meta.dirname, '../../../../docs/supported.md'), supportedMarkdown());
});

it('tells the three sorts of field apart', () => {
  const rows = supportedMarkdown().split('\n');
  expect(rows).toContain('| `spec.http[].retries.perTryTimeout` | yes |');
  expect(rows).toContain('| `spec.template.spec.affinity` | ignored: the laptop is the only node |');
  const late = 'Istio’s control plane ignores it as well: requests are shared without it';
  expect(rows).toContain(`| \`spec.trafficPolicy.loadBalancer.backendUtilization\` | not yet: ${late} |`);
});
