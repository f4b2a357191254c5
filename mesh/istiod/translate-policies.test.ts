import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { at, listAt } from '#mesh/istiod/explain/read.ts';
import { translate } from '#mesh/istiod/translate.ts';
import { place } from '#mesh/testing/place.ts';
import { expectGolden, goldenCases } from '#test/golden.ts';

const folder = join(import.meta.dirname, 'testdata/policies');
const web = { file: 'web.yaml', text: readFileSync(join(folder, 'web.yaml'), 'utf8') };

function configurations(file: string, text: string): Readonly<Record<string, EnvoyConfig>> {
  const translation = translate([web, { file, text }], { namespace: 'default', place });
  expect(hasErrors(translation.diagnostics)).toBe(false);
  return translation.configurations;
}

/** The filters that carry policies out. */
function policiesOf(config: EnvoyConfig | undefined) {
  const raw = config?.listeners.find(({ name }) => name === 'virtualInbound_9000');
  const connection = listAt(raw, 'filter_chains', 0, 'filters').filter(
    ({ name }) => name === 'envoy.filters.network.rbac',
  );
  return {
    ...Object.fromEntries(requestFilters(config).map(({ name, typed_config }) => [name, typed_config])),
    ...(connection.length > 0 && { connections: connection }),
    ...clusters(config),
  };
}

/** In the order in which they act. */
function requestFilters(config: EnvoyConfig | undefined): readonly JsonObject[] {
  return listAt(config?.filters?.['policies'], 'default_filter_chain', 'filters') as readonly JsonObject[];
}

function clusters(config: EnvoyConfig | undefined) {
  const jwks = config?.clusters.filter(({ name }) => String(name).startsWith('jwks|')) ?? [];
  return jwks.length > 0 ? { clusters: jwks } : {};
}

describe('policies become filters:', () => {
  it.each(goldenCases(folder))('$name', ({ name, text, out }) => {
    const all = configurations(`${name}.yaml`, text);
    const policies = Object.entries(all).map(([proxy, config]) => [proxy, policiesOf(config)] as const);
    expectGolden(out, Object.fromEntries(policies.filter(([, filters]) => Object.keys(filters).length > 0)));
  });

  it('external authorizers first, then tokens, then authorization, as Istio has it', () => {
    const cases = goldenCases(folder).filter(({ name }) => name === 'tokens' || name === 'actions');
    const text = cases.map((each) => each.text).join('---\n');
    const filters = requestFilters(configurations('both.yaml', text)['web.default']);
    expect(filters.map(({ name }) => name)).toEqual([
      'envoy.filters.http.rbac.custom',
      'envoy.filters.http.jwt_authn',
      'envoy.filters.http.rbac.audit',
      'envoy.filters.http.rbac.deny',
      'envoy.filters.http.rbac.allow',
    ]);
  });

  it('before faults', () => {
    const { listeners = [] } = configurations('none.yaml', '')['web.default'] ?? {};
    const inbound = listeners.find(({ name }) => name === 'virtualInbound_8080');
    const filters = listAt(inbound, 'filter_chains', 0, 'filters', 0, 'typed_config', 'http_filters');
    expect(filters.map((filter) => at(filter, 'name'))).toEqual([
      'policies',
      'envoy.filters.http.fault',
      'envoy.filters.http.cors',
      'envoy.filters.http.router',
    ]);
  });

  it('a policy changes no listener for HTTP, whose connections would be closed', () => {
    const { text = '' } = goldenCases(folder).find(({ name }) => name === 'actions') ?? {};
    const inbound = (config: EnvoyConfig | undefined) =>
      config?.listeners.filter(({ name }) => name === 'virtualInbound_8080');
    expect(inbound(configurations('a.yaml', text)['web.default'])).toEqual(
      inbound(configurations('none.yaml', '')['web.default']),
    );
  });
});
