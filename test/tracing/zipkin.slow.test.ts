import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { javaForZipkin, startZipkin, type Zipkin, type ZipkinSpan } from '#test/components/zipkin.ts';
import { startTracedChain, type TracedChain } from '#test/tracing/traced-chain.ts';
import { childrenOf, type Node, orphans, outline, shortName } from '#test/tracing/tree.ts';

/** The request's way through the Envoys of the mesh, by whether the user is known. */
const proxiesOnly = (middleware: 'prod' | 'canary') => [
  'istio-ingressgateway.istio-system: frontend:80/*',
  '  istio-ingressgateway.istio-system: outbound|80|prod|frontend',
  '    frontend.default: frontend:80/*',
  '      frontend.default: middleware:80/*',
  `        frontend.default: outbound|80|${middleware}|middleware`,
  '          middleware.default: middleware:80/*',
  '            middleware.default: backend:80/*',
  '              middleware.default: outbound|80|prod|backend',
  '                backend.default: backend:80/*',
  '                  backend.default: time.jsontest.com:80/*',
  '                    backend.default: outbound|80||time.jsontest.com',
];

/** The same with the services' own spans between those of their sidecars. */
const withServices = (middleware: 'prod' | 'canary') => [
  'istio-ingressgateway.istio-system: frontend:80/*',
  '  istio-ingressgateway.istio-system: outbound|80|prod|frontend',
  '    frontend.default: frontend:80/*',
  '      frontend-prod: get /',
  '        frontend-prod: get',
  '          frontend.default: middleware:80/*',
  `            frontend.default: outbound|80|${middleware}|middleware`,
  '              middleware.default: middleware:80/*',
  `                middleware-${middleware}: get /`,
  `                  middleware-${middleware}: get`,
  '                    middleware.default: backend:80/*',
  '                      middleware.default: outbound|80|prod|backend',
  '                        backend.default: backend:80/*',
  '                          backend-prod: get /',
  '                            backend-prod: get',
  '                              backend.default: time.jsontest.com:80/*',
  '                                backend.default: outbound|80||time.jsontest.com',
];

const CANARY = { 'x-dev-user': 'super-secret' };

describe('traces in a real Zipkin', needs(javaForZipkin), () => {
  let zipkin: Zipkin;
  let chain: TracedChain;
  beforeAll(async () => {
    zipkin = await startZipkin();
    chain = await startTracedChain(zipkin.url, async (id) => (await zipkin.trace(id)).map(nodeOf));
  }, 180_000);
  afterAll(async () => {
    await chain?.mesh.close();
    await zipkin?.close();
  });

  describe('of services that copy headers', () => {
    it('lead from the gateway to the last hop', async () => {
      const trace = await chain.traceOf({ status: 200, spans: 11 });
      expect(outline(trace)).toEqual(proxiesOnly('prod'));
    });

    it('lead over the canary for its users', async () => {
      const trace = await chain.traceOf({ headers: CANARY, status: 200, spans: 11 });
      expect(outline(trace)).toEqual(proxiesOnly('canary'));
    });

    it('show each retry as an attempt beside the first, with what it met', async () => {
      const trace = await chain.traceOf({ headers: { fail: '1' }, status: 500, spans: 9 });
      expectFourAttempts(trace, ['frontend.default: frontend:80/*']);
    });
  });

  describe('of services with OpenTelemetry', () => {
    beforeAll(() => chain.deploy('k8s/chain-opentelemetry-simple.yaml'));

    it('have the spans of the services between those of their sidecars', async () => {
      const trace = await chain.traceOf({ status: 200, spans: 17 });
      expect(outline(trace)).toEqual(withServices('prod'));
    });

    it('lead over the canary for its users', async () => {
      const trace = await chain.traceOf({ headers: CANARY, status: 200, spans: 17 });
      expect(outline(trace)).toEqual(withServices('canary'));
    });

    it('show each retry with the service that failed', async () => {
      const trace = await chain.traceOf({ headers: { fail: '1' }, status: 500, spans: 13 });
      expectFourAttempts(trace, ['frontend.default: frontend:80/*', '  frontend-prod: get /']);
    });
  });

  describe('of services with spans of their own', () => {
    beforeAll(() => chain.deploy('k8s/chain-opentelemetry-full.yaml'));

    it('have a child and a grandchild in each service', async () => {
      const trace = await chain.traceOf({ status: 200, spans: 23 });
      for (const service of ['frontend-prod', 'middleware-prod', 'backend-prod']) {
        const [served] = trace.filter(({ label }) => label === `${service}: get /`);
        const [child, call, ...others] = childrenOf(served, trace);
        expect([child?.label, call?.label, ...others]).toEqual([`${service}: fibonacci`, `${service}: get`]);
        expect(childrenOf(child, trace).map(({ label }) => label)).toEqual([`${service}: wait`]);
        expect(Number(child?.tags['fibonacci.n'])).toBeGreaterThan(0);
      }
    });

    it('tell why a service has failed', async () => {
      const trace = await chain.traceOf({ headers: { fail: '1' }, status: 500, spans: 13 });
      const failed = trace.filter(({ label }) => label === 'frontend-prod: get /');
      expect(failed.map(({ tags }) => tags['error'])).toEqual(Array(4).fill('failed on purpose (fail: 1)'));
    });
  });
});

/** One try and three retries at the gateway, as routing-3.yaml says; `below` is the outline below each. */
function expectFourAttempts(trace: readonly Node[], below: readonly string[]): void {
  const [root, ...others] = orphans(trace);
  expect(others).toEqual([]);
  const attempts = childrenOf(root, trace);
  expect(attempts.map(({ tags }) => [tags['retry.count'], tags['http.status_code']])).toEqual([
    [undefined, '500'],
    ['1', '500'],
    ['2', '500'],
    ['3', '500'],
  ]);
  const attempt = ['  istio-ingressgateway.istio-system: outbound|80|prod|frontend'];
  const each = [...attempt, ...below.map((line) => `    ${line}`)];
  expect(outline(trace).slice(1)).toEqual([...each, ...each, ...each, ...each]);
}

function nodeOf({ id, parentId, name = '', timestamp, localEndpoint, tags = {} }: ZipkinSpan): Node {
  const label = `${localEndpoint?.serviceName}: ${shortName(name)}`;
  return { id, parent: parentId, label, start: timestamp, tags };
}
