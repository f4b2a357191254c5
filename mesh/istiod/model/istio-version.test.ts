import { expect, it } from 'vitest';
import { dataFile } from '#mesh/apiserver/shapes/data-file.ts';
import { istioVersion } from '#mesh/istiod/model/mesh.ts';

it('is the version whose kinds are served', () => {
  const { modules } = dataFile<{ readonly modules: Readonly<Record<string, string>> }>('modules.json');
  expect(`v${istioVersion}`).toBe(modules['istio.io/api']);
});
