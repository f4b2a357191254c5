import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import { readCase } from '#mesh/istiod/envoy/testing/read-case.ts';
import { expectGolden, goldenCases } from '#test/golden.ts';

describe('envoyFor', () => {
  for (const { name, text, out } of goldenCases(join(import.meta.dirname, 'testdata'))) {
    it(`generates ${name}`, () => {
      const { mesh, proxy, options } = readCase(text);
      const config = envoyFor(mesh, proxy, options);
      expectGolden(out, config);
      const again = readCase(text);
      expect(envoyFor(again.mesh, again.proxy, { ...options, before: config })).toBe(config);
    });
  }

  it('keeps the very resources that have not changed', () => {
    const cases = goldenCases(join(import.meta.dirname, 'testdata'));
    const { text = '' } = cases.find(({ name }) => name === 'sidecar-routing') ?? {};
    const { mesh, proxy } = readCase(text);
    const before = envoyFor(mesh, proxy);
    const services = mesh.services.slice(0, -1);
    const after = envoyFor({ ...mesh, services }, proxy, { before });
    expect(after.clusters.length).toBeLessThan(before.clusters.length);
    for (const cluster of after.clusters) expect(before.clusters).toContain(cluster);
    expect(after.listeners).toBe(before.listeners);
  });
});
