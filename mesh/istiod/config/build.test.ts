import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { MeshView } from '#mesh/istiod/model/mesh.ts';
import { place } from '#mesh/testing/place.ts';
import { expectGolden, type GoldenCase, goldenCases } from '#test/golden.ts';

describe('buildMesh', () => {
  it.each(goldenCases(join(import.meta.dirname, 'build/testdata')))('$name', (golden) => {
    const mesh = buildMesh(place(resourcesOf(golden)));
    const { services, virtualHosts, gateways, peerAuthentication, connectionHosts = [], views } = mesh;
    const connections = connectionHosts.length > 0 && { connectionHosts };
    const whole = { services, virtualHosts, ...connections, gateways, peerAuthentication };
    expectGolden(golden.out, {
      ...whole,
      ...(views && { views: Object.fromEntries(Object.entries(views).map(summary)) }),
    });
  });
});

function resourcesOf({ name, text }: GoldenCase): readonly Resource[] {
  const { documents } = loadManifest({ file: `${name}.in.yaml`, text });
  const { resources, diagnostics } = parseResources(documents, { namespace: 'default' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return resources;
}

/** What a view decides: the rules on the way to each service, and who routes its requests. */
function summary([name, { services, virtualHosts, outboundPolicy }]: [string, MeshView]) {
  const rules = services.map(({ host, destinationRule, subsets, ports }) => ({
    host,
    rule: destinationRule && `${destinationRule.name}.${destinationRule.namespace}`,
    subsets: subsets.map((subset) => subset.name),
    policy: ports[0]?.trafficPolicies['']?.connectionPool,
  }));
  const routes = virtualHosts.map(({ host, port, routes: [first] }) => [
    `${host}:${port}`,
    `${first?.origin.kind} ${first?.origin.name}.${first?.origin.namespace}`,
  ]);
  return [name, { outboundPolicy, rules, routes: Object.fromEntries(routes) }];
}
