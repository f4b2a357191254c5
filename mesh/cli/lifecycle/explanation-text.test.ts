import { expect, it } from 'vitest';
import { formatExplanation } from '#mesh/cli/lifecycle/explanation-text.ts';
import { requestFor } from '#mesh/istiod/explain/request.ts';

it('formats everything that a route can do', () => {
  const text = formatExplanation(requestFor('https://shop:8443/cart'), {
    proxy: 'gateway g.istio-system',
    skipped: [{ name: '', origin: 'a.yaml:3', unmet: ['method POST'] }],
    route: { name: 'cart', origin: 'a.yaml:9', because: [] },
    fault: { delay: { duration: '7s', percentage: 50 }, abort: { status: '503', percentage: 10 } },
    answer: { status: 301, why: 'the route redirects', location: 'https://other/' },
    rewrite: { path: '/', authority: 'cart' },
    timeout: '3s',
    retries: { attempts: 2, on: '5xx', statusCodes: [503], perTryTimeout: '2s' },
    mirrors: [{ cluster: 'outbound|80|v2|cart', percentage: 100 }],
    destinations: [
      {
        cluster: 'outbound|80||gone',
        share: 80,
        endpoints: [],
        problem: { flag: 'NC', why: 'no such cluster' },
      },
    ],
  });
  expect(text).toBe(`GET https://shop:8443/cart from gateway g.istio-system

not route     (unnamed) (a.yaml:3): wants method POST
route         cart (a.yaml:9)
fault         50 % wait 7s
fault         10 % get 503
answer        301 to https://other/: the route redirects
rewrite       cart /
timeout       3s
retries       2, on 5xx (503), each try within 2s
mirror        100 % to outbound|80|v2|cart
80 %          outbound|80||gone
  fails       no such cluster (NC)
`);
});

it('says which policy lets a request through, or does not', () => {
  const endpoint = (allowed: boolean, why: string) => ({
    address: '127.0.0.1:1',
    security: 'mutual TLS' as const,
    inbound: {
      listener: 'l',
      mode: 'STRICT',
      accepted: true,
      why: 'STRICT takes it',
      policy: { allowed, why, by: [] },
    },
  });
  const endpoints = [endpoint(true, 'ALLOW viewer (p.yaml:7)'), endpoint(false, 'DENY admin (p.yaml:9)')];
  const text = formatExplanation(requestFor('http://shop/'), {
    proxy: 'sidecar a.default',
    skipped: [],
    mirrors: [],
    destinations: [{ cluster: 'c', share: 100, endpoints }],
  });
  expect(text).toContain('its sidecar: STRICT takes it; allowed: ALLOW viewer (p.yaml:7)\n');
  expect(text).toContain('its sidecar: STRICT takes it; 403, denied: DENY admin (p.yaml:9)\n');
});
