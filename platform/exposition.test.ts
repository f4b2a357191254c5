import { Counter, type OpenMetricsContentType, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { exposition, prefersOpenMetrics } from '#platform/exposition.ts';

const OPEN = 'application/openmetrics-text';

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/plain', false],
  [OPEN, true],
  [`${OPEN};version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.4,*/*;q=0.1`, true],
  [`text/plain;version=0.0.4;q=0.6,${OPEN};version=1.0.0;q=0.5`, false],
])('Accept: %s', (accept, open) => {
  expect(prefersOpenMetrics(accept)).toBe(open);
});

test('either format, in any order and at once, with its own names of counters', async () => {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const options = { name: 'eggs_total', help: 'Eggs', registers: [registry], enableExemplars: true };
  new Counter(options).inc({ value: 2, exemplarLabels: { trace_id: 'abc' } as Record<string, string> });
  const write = exposition(registry);
  const texts = await Promise.all([OPEN, undefined, OPEN, 'text/plain'].map(write));
  for (const { contentType, text } of [texts[1], texts[3]].flatMap((exposed) => exposed ?? [])) {
    expect(contentType).toMatch(/^text\/plain/);
    expect(text).toContain('# TYPE eggs_total counter\neggs_total 2\n');
  }
  for (const { contentType, text } of [texts[0], texts[2]].flatMap((exposed) => exposed ?? [])) {
    expect(contentType).toContain(OPEN);
    expect(text).toMatch(/# TYPE eggs counter\neggs_total 2 # \{trace_id="abc"\} 2 [\d.]+\n# EOF\n$/);
  }
});
