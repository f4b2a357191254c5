import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { buildMesh } from '#mesh/model/build.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';
import type { Resource } from '#mesh/schema/resource.ts';
import { place } from '#mesh/testing/place.ts';
import { expectGolden, type GoldenCase, goldenCases } from '#test/golden.ts';

describe('buildMesh', () => {
  it.each(goldenCases(join(import.meta.dirname, 'build/testdata')))('$name', (golden) => {
    const mesh = buildMesh(place(resourcesOf(golden)));
    const { services, virtualHosts, gateways, peerAuthentication, connectionHosts = [] } = mesh;
    const connections = connectionHosts.length > 0 && { connectionHosts };
    expectGolden(golden.out, { services, virtualHosts, ...connections, gateways, peerAuthentication });
  });
});

function resourcesOf({ name, text }: GoldenCase): readonly Resource[] {
  const { documents } = loadManifest({ file: `${name}.in.yaml`, text });
  const { resources, diagnostics } = parseResources(documents, { namespace: 'default' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return resources;
}
