import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FIGURES } from '#test/scale/figures.ts';
import { type Figures, podCapacity, size } from '#test/scale/sizing.ts';
import { withTables } from '#test/scale/tables.ts';

const round: Figures = {
  ...FIGURES,
  serviceCpu: { value: 300 },
  sidecarCpu: { value: 400 },
  gatewayCpu: { value: 200 },
  sidecarMemory: { value: 50 },
  serviceMemory: { value: 150 },
  utilisation: { value: 0.5 },
};

it('plans a pod by whichever of its two containers is full first', () => {
  // The program: 1 core / 100 µs = 10,000 a second. The sidecar: 2 cores / 400 µs = 5,000, of which a half.
  expect(podCapacity(round)).toBe(2_500);
  expect(podCapacity({ ...round, sidecarCpu: { value: 100 } })).toBe(5_000);
});

it('adds up what a load needs', () => {
  expect(size(100_000, round)).toMatchObject({
    // 100,000 / 2,500 = 40 of each of three services; 100,000 / 5,000 = 20 gateways.
    ...{ pods: 120, gateways: 20 },
    // 100,000 × 300 µs = 30 cores, planned half full; three sidecars of 400 µs each; the gateway's 200 µs.
    ...{ serviceCores: 60, sidecarCores: 240, gatewayCores: 40, cores: 340 },
    // 120 × 200 MB + 20 × 50 MB; 340 cores / 7.
    ...{ memoryGigabytes: 25, nodes: 49, spansPerSecond: 10_000 },
  });
});

it('never has fewer than two of anything', () => {
  expect(size(1, round)).toMatchObject({ pods: 6, gateways: 2, istiods: 2, nodes: 2 });
});

it('docs/scale.md holds these very tables', () => {
  const file = join(import.meta.dirname, '../../docs/scale.md');
  const text = readFileSync(file, 'utf8');
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, withTables(text));
  expect(readFileSync(file, 'utf8')).toBe(withTables(text));
  expect(text.match(/<!-- \w+: written by/g)).toHaveLength(3);
});
