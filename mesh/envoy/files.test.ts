import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envoyFor } from '#mesh/envoy/envoy-for.ts';
import { routesFile, secretFile } from '#mesh/envoy/file-source.ts';
import { filesOf } from '#mesh/envoy/files.ts';
import { listAt, textAt } from '#mesh/envoy/simulation/read.ts';
import { readCase } from '#mesh/envoy/testing/read-case.ts';

function filesOfCase(name: string, version: string) {
  const text = readFileSync(join(import.meta.dirname, 'testdata', `${name}.in.yaml`), 'utf8');
  const { mesh, proxy } = readCase(text);
  return filesOf(envoyFor(mesh, proxy), version);
}

describe('filesOf', () => {
  it('writes what others refer to first', () => {
    const folders = Object.keys(filesOfCase('sidecar-policies', '1')).map((path) => path.split('/')[0]);
    expect([...new Set(folders)]).toEqual(['sds', 'cds.json', 'rds', 'ecds', 'lds.json']);
  });

  it('gives every file a name that is safe on disk, and every reference leads to a file', () => {
    const files = filesOfCase('sidecar-policies', '1');
    for (const path of Object.keys(files)) {
      expect(path).toMatch(/^(?:(?:sds|rds|ecds)\/)?[\w.%~-]+\.json$/);
    }
    const referred = [
      ...Object.values(files)
        .join('')
        .matchAll(/"path": "([^"]+\.json)"/g),
    ].map(([, path]) => path);
    const byRunner = [secretFile('default'), secretFile('ROOTCA')];
    expect(referred.filter((path) => path && !(path in files) && !byRunner.includes(path))).toEqual([]);
  });

  it('keeps names apart that are longer than a file name may be', () => {
    const long = 'a'.repeat(300);
    expect(routesFile(`${long}1`)).not.toBe(routesFile(`${long}2`));
    expect(routesFile(long).length).toBeLessThan(255);
  });

  it('lets a route configuration tell its version, and secrets keep theirs', () => {
    const [one, two] = [filesOfCase('sidecar-policies', '1'), filesOfCase('sidecar-policies', '2')];
    const changed = Object.keys(one).filter((path) => one[path] !== two[path]);
    const shared = changed.filter((path) => !path.startsWith('ecds/'));
    expect(shared).toEqual(['cds.json', 'rds/http_proxy.json', 'lds.json']);
    const routes = JSON.parse(two['rds/http_proxy.json'] ?? '{}');
    const hosts = listAt(routes, 'resources', 0, 'virtual_hosts');
    const host = hosts.find(({ name }) => name === 'version.mesh101.internal');
    expect(textAt(host, 'routes', 0, 'direct_response', 'body', 'inline_string')).toBe('2');
  });
});
