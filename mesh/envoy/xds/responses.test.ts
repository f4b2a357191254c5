import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envoyFor } from '#mesh/envoy/envoy-for.ts';
import { listAt, textAt } from '#mesh/envoy/simulation/read.ts';
import { readCase } from '#mesh/envoy/testing/read-case.ts';
import { responsesOf } from '#mesh/envoy/xds/responses.ts';

const cases = join(import.meta.dirname, '../testdata');

function responsesOfCase(name: string, version: string) {
  const { mesh, proxy } = readCase(readFileSync(join(cases, `${name}.in.yaml`), 'utf8'));
  return responsesOf(envoyFor(mesh, proxy), version);
}

describe('responsesOf', () => {
  it('gives what others refer to first', () => {
    const kinds = Object.keys(responsesOfCase('sidecar-policies', '1')).map((name) => name.split('/')[0]);
    expect([...new Set(kinds)]).toEqual(['secrets', 'clusters', 'routes', 'extension_configs', 'listeners']);
  });

  it('has an answer for everything that is discovered, but the secrets of the runner', () => {
    const responses = responsesOfCase('sidecar-policies', '1');
    const text = JSON.stringify(responses);
    const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name);
    const wanted = [
      ...named(/"route_config_name":"([^"]+)"/g).map((name) => `routes/${name}`),
      ...named(/"name":"([^"]+)","config_discovery"/g).map((name) => `extension_configs/${name}`),
      ...named(/"name":"([^"]+)","sds_config"/g).map((name) => `secrets/${name}`),
    ];
    const missing = new Set(wanted.filter((name) => !(name in responses)));
    expect(wanted).toContain('routes/http_proxy');
    expect([...missing].sort()).toEqual(['secrets/ROOTCA', 'secrets/default']);
  });

  it('lets a route configuration tell its version, and secrets keep theirs', () => {
    const [one, two] = [responsesOfCase('sidecar-policies', '1'), responsesOfCase('sidecar-policies', '2')];
    const changed = Object.keys(one).filter((name) => one[name]?.version_info !== two[name]?.version_info);
    const shared = changed.filter((name) => !name.startsWith('extension_configs/'));
    expect(shared).toEqual(['clusters', 'routes/http_proxy', 'listeners']);
    const hosts = listAt(two['routes/http_proxy']?.resources[0], 'virtual_hosts');
    const host = hosts.find(({ name }) => name === 'version.mesh101.internal');
    expect(textAt(host, 'routes', 0, 'direct_response', 'body', 'inline_string')).toBe('2');
  });
});
