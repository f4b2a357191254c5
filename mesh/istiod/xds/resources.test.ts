import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import { readCase } from '#mesh/istiod/envoy/testing/read-case.ts';
import { encodeAny } from '#mesh/istiod/xds/encode-message.ts';
import { discoveredBy, inVersion, kinds, resourcesOf } from '#mesh/istiod/xds/resources.ts';
import { goldenCases } from '#test/golden.ts';

const cases = goldenCases(join(import.meta.dirname, '../envoy/testdata'));

describe('every resource of a golden case', () => {
  it.each(cases)('has only fields that Envoy has: $name', ({ text }) => {
    const { mesh, proxy, options } = readCase(text);
    const resources = resourcesOf(envoyFor(mesh, proxy, options));
    const encoded = kinds.flatMap((kind) =>
      [...resources[kind].values()].map((resource) =>
        encodeAny(
          inVersion(kind, { version: '1', resource, filters: new Set(['envoy.filters.http.fault']) }),
        ),
      ),
    );
    expect(encoded.length).toBeGreaterThan(3);
  });

  it.each(cases)('is there when another one refers to it: $name', ({ text }) => {
    const { mesh, proxy, options } = readCase(text);
    const config = envoyFor(mesh, proxy, options);
    const { routes, extension_configs, endpoints } = resourcesOf(config);
    const wanted = discoveredBy(config.listeners);
    expect([...wanted.routes].filter((name) => !routes.has(name))).toEqual([]);
    expect([...wanted.extension_configs].filter((name) => !extension_configs.has(name))).toEqual([]);
    const discovering = config.clusters.filter(({ type }) => type === 'EDS').map(({ name = '' }) => name);
    expect([...endpoints.keys()].sort()).toEqual(discovering.sort());
  });

  it.each(cases)('tells its version where it is a route configuration: $name', ({ text }) => {
    const { mesh, proxy, options } = readCase(text);
    const { routes } = resourcesOf(envoyFor(mesh, proxy, options));
    for (const resource of routes.values()) {
      const [one, two] = ['1', '2'].map((version) => encodeAny(inVersion('routes', { resource, version })));
      expect(one).not.toEqual(two);
    }
  });
});
