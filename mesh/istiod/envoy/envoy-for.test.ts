import { join } from 'node:path';
import { describe, it } from 'vitest';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import { readCase } from '#mesh/istiod/envoy/testing/read-case.ts';
import { expectGolden, goldenCases } from '#test/golden.ts';

describe('envoyFor', () => {
  for (const { name, text, out } of goldenCases(join(import.meta.dirname, 'testdata'))) {
    it(`generates ${name}`, () => {
      const { mesh, proxy, options } = readCase(text);
      expectGolden(out, envoyFor(mesh, proxy, options));
    });
  }
});
