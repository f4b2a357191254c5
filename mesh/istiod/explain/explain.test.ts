import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCase } from '#mesh/istiod/envoy/testing/read-case.ts';
import { explain } from '#mesh/istiod/explain/explain.ts';
import { requestFor } from '#mesh/istiod/explain/request.ts';
import type { MtlsMode } from '#mesh/istiod/model/mesh.ts';

function load(name: string) {
  return readCase(readFileSync(join(import.meta.dirname, '../envoy/testdata', `${name}.in.yaml`), 'utf8'));
}

const chain = load('sidecar-routing');

function explainFromFrontend(url: string, headers: Record<string, string> = {}) {
  return explain({ ...chain, request: requestFor(url, { headers }) });
}

describe('explain', () => {
  it('follows a header match to the canary, and names file and line', () => {
    const way = explainFromFrontend('http://middleware/', { 'X-Dev-User': 'super-secret' });
    expect(way.virtualHost).toEqual({
      name: 'middleware.default.svc.cluster.local:80',
      domain: 'middleware',
    });
    expect(way.route).toEqual({
      name: 'canary',
      origin: 'istio/chain/routing-3.yaml:9',
      because: ['every path', 'header x-dev-user = super-secret'],
    });
    expect(way.destinations).toHaveLength(1);
    expect(way.destinations[0]).toMatchObject({
      cluster: 'outbound|80|canary|middleware.default.svc.cluster.local',
      share: 100,
      origin: 'istio/chain/destinationrules.yaml:33',
      endpoints: [{ address: '127.0.0.1:21014', pod: 'middleware-canary-1.default', security: 'mutual TLS' }],
    });
  });

  it('says why earlier routes do not match, and leaves out pods that are not ready', () => {
    const way = explainFromFrontend('http://middleware.default:80/x');
    expect(way.skipped).toEqual([
      {
        name: 'canary',
        origin: 'istio/chain/routing-3.yaml:9',
        unmet: ['header x-dev-user = super-secret (absent)'],
      },
      { name: 'split', origin: 'istio/chain/routing-3.yaml:17', unmet: ['path starts with /split'] },
    ]);
    expect(way.timeout).toBe('10s');
    expect(way.retries).toEqual({ attempts: 3, on: '5xx', statusCodes: [], perTryTimeout: '2s' });
    expect(way.destinations[0]?.endpoints.map(({ pod }) => pod)).toEqual(['middleware-prod-1.default']);
  });

  it('shows the shares of a split', () => {
    const { destinations } = explainFromFrontend('http://middleware/split');
    expect(destinations.map(({ share }) => share)).toEqual([80, 20]);
  });

  it('tells a host outside the registry from a registered one', () => {
    expect(explainFromFrontend('http://elsewhere.example/').answer).toMatchObject({ status: 502 });
    expect(explainFromFrontend('https://elsewhere.example/').answer).toMatchObject({ status: 502 });
    const https = explainFromFrontend('https://time.jsontest.com/');
    expect(https.answer).toBeUndefined();
    expect(https.destinations[0]?.cluster).toBe('outbound|443||time.jsontest.com');
  });

  it.each<[MtlsMode, 'mutual TLS' | 'plain text', boolean]>([
    ['STRICT', 'mutual TLS', true],
    ['STRICT', 'plain text', false],
    ['PERMISSIVE', 'plain text', true],
    ['DISABLE', 'mutual TLS', false],
  ])('%s at the other end and %s: accepted %s', (mode, security, accepted) => {
    const way = explain({ ...withMode(mode, security), request: requestFor('http://frontend/') });
    const [endpoint] = way.destinations[0]?.endpoints ?? [];
    expect(endpoint?.security).toBe(security);
    expect(endpoint?.inbound).toMatchObject({ listener: 'virtualInbound_3000', mode, accepted });
  });

  it('explains faults, redirects and clusters that do not exist', () => {
    const routes = load('sidecar-routes');
    const ask = (path: string) => explain({ ...routes, request: requestFor(`http://web${path}`) });
    expect(ask('/abort').fault).toEqual({
      abort: { status: '418', percentage: 12.5 },
      delay: { duration: '0.7s', percentage: 100 },
    });
    expect(ask('/redirect').answer).toMatchObject({ status: 308, location: 'https://new.example:8443/to' });
    expect(ask('/unknown').destinations[0]?.problem?.flag).toBe('NC');
    expect(ask('/mirror').mirrors).toEqual([
      { cluster: 'outbound|80||api.default.svc.cluster.local', percentage: 50 },
    ]);
    expect(ask('/x').route?.name).toBe('ignore-case');
  });

  it("enters by a gateway, on the port of its Service, its pod's and the bound one", () => {
    const gateway = load('gateway');
    const ask = (url: string) => explain({ ...gateway, request: requestFor(url) });
    expect(ask('http://front.example.com/').virtualHost?.name).toBe('front.example.com:80');
    expect(ask('http://front.example.com:8080/').virtualHost?.name).toBe('front.example.com:80');
    expect(ask('http://localhost:25080/').virtualHost?.domain).toBe('*');
    expect(ask('http://front.example.com:81/a').answer).toMatchObject({ status: 301 });
    expect(ask('https://a.wild.example/').route?.name).toBe('front');
    expect(ask('http://front.example.com:9999/').answer).toMatchObject({ status: 0 });
  });

  it('says where connections go that nobody reads', () => {
    const gateway = load('gateway-tcp');
    const ask = (url: string) => explain({ ...gateway, request: requestFor(url) });
    const way = ask('tcp://any:31400');
    expect(way.route).toEqual({
      ...{ name: 'connection', origin: 'lines.yaml:40', because: ['every connection'] },
    });
    expect(way.destinations.map(({ cluster, share }) => [cluster, share])).toEqual([
      ['outbound|9000|v1|lines.default.svc.cluster.local', 80],
      ['outbound|9000|v2|lines.default.svc.cluster.local', 20],
    ]);
    expect(ask('https://a.example.com').route?.because).toEqual(['server name a.example.com']);
    const sidecar = load('sidecar-tcp');
    const from = (url: string) => explain({ ...sidecar, request: requestFor(url) });
    expect(from('tcp://lines:9000').route?.origin).toMatch(/yaml:\d+$/);
    expect(from('tcp://lines:9999').answer).toMatchObject({ status: 0 });
  });

  it('knows what kube-proxy does for a pod without sidecar', () => {
    const way = explain({ ...load('kube-proxy'), namespace: 'legacy', request: requestFor('http://web/') });
    expect(way.destinations[0]?.cluster).toBe('outbound|80||web.legacy.svc.cluster.local');
    expect(way.destinations[0]?.endpoints[0]?.security).toBe('plain text');
  });
});

/** The chain with another mode at frontend's pod, reached with or without mutual TLS. */
function withMode(mode: MtlsMode, security: 'mutual TLS' | 'plain text') {
  const { mesh, proxy } = chain;
  const services = mesh.services.map((service) => ({
    ...service,
    endpoints: service.endpoints.map((endpoint) => ({ ...endpoint, mutualTls: security === 'mutual TLS' })),
  }));
  return {
    mesh: { ...mesh, services, peerAuthentication: { 'frontend-1.default': { mode, portLevel: {} } } },
    proxy,
  };
}
