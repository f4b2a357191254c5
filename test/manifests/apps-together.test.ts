import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appsNamed } from '#mesh/cli/lifecycle/apps.ts';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { explain } from '#mesh/istiod/explain/explain.ts';
import { requestFor } from '#mesh/istiod/explain/request.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { place } from '#mesh/testing/place.ts';
import { routesOf } from '#services/httpbin/routes.ts';
import { ROOT } from '#test/own-mesh.ts';

/** What `mesh up` applies for these apps, read and checked as it would be. */
function resourcesOf(...names: readonly string[]) {
  const files = appsNamed(names).flatMap(({ services, start }) => [...services, ...start]);
  const sources = files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
  return parseResources(loadManifests(sources).documents, { namespace: 'default' }).resources;
}

function meshOf(...names: readonly string[]): Mesh {
  const input = place(resourcesOf(...names));
  const ports = { 80: 80, 3001: 3001, 31400: 31400 };
  return buildMesh({ ...input, gateways: input.gateways.map((gateway) => ({ ...gateway, ports })) });
}

/** The Service to which the gateway leads a request, or the status with which it answers itself. */
function destinationOf(mesh: Mesh, url: string, method = 'GET'): string {
  const [gateway] = mesh.gateways;
  if (!gateway) throw new Error('no gateway was placed');
  const proxy = { role: 'gateway', gateway } as const;
  const { destinations, answer } = explain({ mesh, proxy, request: requestFor(url, { method }) });
  return destinations[0]?.cluster.split('|').at(-1)?.split('.')[0] ?? String(answer?.status);
}

describe('all apps in one mesh', () => {
  const mesh = meshOf('all');

  it('share the gateway without anything to warn of', () => {
    const found = analyze(resourcesOf('all'));
    expect(found.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(found.map(({ code }) => code)).toEqual(['IST0145', 'IST0145', 'IST0162']);
  });

  it.each([
    ['/', 'frontend'],
    ['/index.html', 'frontend'],
    ['/productpage', 'productpage'],
    ['/static/bootstrap.css', 'productpage'],
    ['/api/v1/products', 'productpage'],
    ['/get', 'httpbin'],
    ['/status/418', 'httpbin'],
    [':3001/users', 'userapi'],
  ])('%s is asked of %s', (path, service) => {
    expect(destinationOf(mesh, `http://localhost${path}`)).toBe(service);
  });
});

describe('httpbin at the gateway', () => {
  const [alone, beside] = [meshOf('httpbin'), meshOf('httpbin', 'chain')];
  const routes = routesOf(() => 0);

  it.each(routes)('gets $method $path, also beside the chain', ({ method, path }) => {
    const url = `http://localhost${path.replace(/\{[^}]+\}/g, '1')}`;
    const asked = method === 'ANY' ? 'GET' : method;
    expect(destinationOf(beside, url, asked)).toBe('httpbin');
  });

  it('leaves the rest to others', () => {
    expect(destinationOf(alone, 'http://localhost/')).toBe('404');
    expect(destinationOf(alone, 'http://localhost/getaway')).toBe('404');
  });
});
