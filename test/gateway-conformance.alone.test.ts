import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { supportedFeatures } from '#mesh/istiod/config/gateway-api/supported-features.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { type Component, needs } from '#test/components/component.ts';

/** The public suite, as one program: the variable names it. */
const binary = process.env['GATEWAY_CONFORMANCE'] ?? '';
const suite: Component = {
  name: "Gateway API's conformance suite",
  isThere: existsSync(binary),
  isOptional: true,
  fix: 'build it as docs/gateway-api.md says, and name it in GATEWAY_CONFORMANCE',
};
const HOUR = 3_600_000;

vi.setConfig({ testTimeout: HOUR });

interface Profile {
  readonly name: string;
  readonly core: { readonly result: string; readonly failedTests?: readonly string[] };
  readonly extended?: { readonly result: string; readonly failedTests?: readonly string[] };
}

describe(suite.name, needs(suite), () => {
  let mesh: StartedMesh;
  beforeAll(async () => {
    mesh = await startMesh();
    expect(await mesh.ready()).toBe('ready');
  });
  afterAll(() => mesh?.end());

  test.each([
    ['gateways', 'GATEWAY-HTTP,GATEWAY-GRPC,GATEWAY-TLS,GATEWAY-TCP', []],
    // Pods of the mesh have sidecars, and the features of gateways are left out.
    ['the mesh', 'MESH-HTTP,MESH-GRPC', ['-namespace-labels', 'istio-injection=enabled', ...meshFeatures()]],
  ])('passes for %s', async (_, profiles, more) => {
    const report = await run(mesh, ['-conformance-profiles', profiles, ...more]);
    expect(report.map(({ name }) => name).sort()).toEqual(profiles.split(',').sort());
    const failed = report.flatMap(({ core, extended }) => [
      ...(core.failedTests ?? []),
      ...(extended?.failedTests ?? []),
    ]);
    expect(failed).toEqual([]);
    expect(report.map(({ core }) => core.result)).toEqual(report.map(() => 'success'));
  });
});

function meshFeatures(): readonly string[] {
  const resources = ['Mesh', 'HTTPRoute', 'GRPCRoute', 'ReferenceGrant'];
  const features = supportedFeatures.filter((name) => name.startsWith('Mesh') || resources.includes(name));
  return ['-supported-features', features.join(',')];
}

/** What a Gateway can be given by name, and what not: an address of loopback, and one of documents (RFC 5737). */
const addresses = {
  usableNetworkAddresses: [{ type: 'IPAddress', value: '127.99.1.1' }],
  unusableNetworkAddresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
};

async function run(mesh: StartedMesh, args: readonly string[]): Promise<readonly Profile[]> {
  const home = mkdtempSync(join(tmpdir(), 'mesh101-conformance-'));
  const [report, options] = [join(home, 'report.yaml'), join(home, 'options.yaml')];
  writeFileSync(options, JSON.stringify(addresses));
  const child = spawn(binary, [
    ...['-test.run', '^TestConformance$', '-gateway-class', 'istio'],
    ...['-kubeconfig', join(mesh.home, 'kubeconfig'), '-cleanup-base-resources=false'],
    ...['-organization', 'mesh101', '-project', 'mesh101', '-version', '0.1.0'],
    ...['-url', 'https://github.com/mesh101/mesh101', '-contact', '@mesh101/maintainers'],
    ...['-conformance-options-file', options, '-report-output', report, ...args],
  ]);
  const [output] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (!existsSync(report)) throw new Error(`the suite wrote no report:\n${output.slice(-5_000)}`);
  return (parse(readFileSync(report, 'utf8')) as { readonly profiles: readonly Profile[] }).profiles;
}
