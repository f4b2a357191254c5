import { describe, expect, it } from 'vitest';
import { coverageOf } from '#mesh/testing/coverage.ts';
import { compare } from '#mesh/testing/diff/compare.ts';
import { explainTests } from '#mesh/testing/explain-tests.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { readTests } from '#mesh/testing/read-tests.ts';
import { complaints } from '#mesh/testing/test-result.ts';

const WORKLOADS = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-v2}
spec: {selector: {app: web, version: v2}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-v1}
spec:
  selector: {matchLabels: {app: web, version: v1}}
  template: {metadata: {labels: {app: web, version: v1}}, spec: {containers: [{name: web, image: any/web}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-v2}
spec:
  selector: {matchLabels: {app: web, version: v2}}
  template: {metadata: {labels: {app: web, version: v2}}, spec: {containers: [{name: web, image: any/web}]}}
`;
const ROUTES = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: shop}
spec:
  gatewayClassName: istio
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - {name: https, port: 443, protocol: HTTPS, hostname: shop.example, tls: {certificateRefs: [{name: kept-elsewhere}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: shop}]
  rules:
    - matches: [{path: {value: /v2}}]
      filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]
      backendRefs: [{name: web-v2, port: 80}]
      timeouts: {request: 3s}
    - matches: [{path: {value: /old}}]
      filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]
    - matches: [{path: {value: /gone}}]
      backendRefs: [{name: nobody, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  rules:
    - name: testers
      matches: [{headers: [{name: end-user, value: tester}]}]
      backendRefs: [{name: web-v2, port: 80}]
    - backendRefs: [{name: web, port: 80}]
`;

/** A server of lines with two versions, and a route to the second one for all callers. */
const LINES = `
apiVersion: v1
kind: Service
metadata: {name: lines}
spec: {selector: {app: lines}, ports: [{name: tcp, port: 9000}]}
---
apiVersion: v1
kind: Service
metadata: {name: lines-v2}
spec: {selector: {app: lines, version: v2}, ports: [{name: tcp, port: 9000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: caller}
spec:
  selector: {matchLabels: {app: caller}}
  template: {metadata: {labels: {app: caller}}, spec: {containers: [{name: caller, image: any/caller}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: lines}
spec:
  parentRefs: [{group: "", kind: Service, name: lines, port: 9000}]
  rules: [{backendRefs: [{name: lines-v2, port: 9000}]}]
`;

function imagine(routes = ROUTES) {
  const files = [
    { file: 'web.yaml', text: WORKLOADS },
    { file: 'routes.yaml', text: routes },
  ];
  const imagined = imaginaryMesh(files, { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' });
  expect(imagined.diagnostics).toEqual([]);
  return imagined;
}

/** The only result of a test of such a request. */
function ask(request: string, expectation: string) {
  const text = `tests: [{name: a, request: ${request}, expect: ${expectation}}]`;
  const [suite] = readTests([{ file: 'a.mesh-test.yaml', text }]).suites;
  if (!suite) throw new Error('no suite');
  const [result] = explainTests(suite, imagine());
  if (!result) throw new Error('no result');
  return { complaints: complaints(result), origin: result.outcome?.origin };
}

describe("Gateway API's routes in manifests that nobody applies", () => {
  it.each([
    ['{url: /v2/cart}', '{workload: web-v2, timeout: 3s, received: {path: /cart}}', 'routes.yaml:16'],
    ['{url: /v2}', '{workload: web-v2, received: {path: /}}', 'routes.yaml:16'],
    ['{url: /v22}', '{status: 404}', undefined],
    ['{url: "/old/x?y"}', '{status: 302, location: "http://localhost/new/x?y"}', 'routes.yaml:20'],
    ['{url: /gone}', '{status: 500}', 'routes.yaml:22'],
    ['{url: "https://shop.example/v2"}', '{workload: web-v2}', 'routes.yaml:16'],
    ['{from: gateway/shop, url: /v2}', '{workload: web-v2}', 'routes.yaml:16'],
    [
      '{from: web-v1, url: "http://web/", headers: {end-user: tester}}',
      '{workload: web-v2}',
      'routes.yaml:31',
    ],
    ['{from: web-v1, url: "http://web/"}', '{shares: {web-v1: 50, web-v2: 50}}', 'routes.yaml:34'],
  ])('%s %s, decided at %s', (request, expectation, origin) => {
    expect(ask(request, expectation)).toEqual({ complaints: [], origin });
  });

  it('lead connections to a Service as well', () => {
    const options = { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' } as const;
    const { mesh, diagnostics } = imaginaryMesh([{ file: 'lines.yaml', text: LINES }], options);
    expect(diagnostics).toEqual([]);
    const host = mesh.connectionHosts?.find((one) => one.host === 'lines.default.svc.cluster.local');
    expect(
      host?.routes.map(({ destinations, origin }) => [destinations[0]?.host, origin.position.line]),
    ).toEqual([
      ['lines-v2.default.svc.cluster.local', 24],
      ['lines.default.svc.cluster.local', 4],
    ]);
  });

  it('count as rules that tests meet or do not', () => {
    const imagined = imagine();
    const text = 'tests: [{name: a, request: {url: /v2}, expect: {status: 200}}]';
    const [suite] = readTests([{ file: 'a.mesh-test.yaml', text }]).suites;
    const outcomes = suite ? explainTests(suite, imagined).flatMap(({ outcome }) => outcome ?? []) : [];
    expect(coverageOf([imagined, imagined], outcomes).rules).toMatchObject({
      ...{ all: 5, met: 1 },
      missed: [
        { name: 'HTTPRoute default/shop, rule 2', position: { file: 'routes.yaml', line: 20 } },
        { name: 'HTTPRoute default/shop, rule 3', position: { file: 'routes.yaml', line: 22 } },
        { name: 'HTTPRoute default/web, rule 1 (testers)', position: { file: 'routes.yaml', line: 31 } },
        { name: 'HTTPRoute default/web, rule 2', position: { file: 'routes.yaml', line: 34 } },
      ],
    });
  });

  it('differ from others by the requests that go elsewhere', () => {
    const after = imagine(ROUTES.replace('value: tester', 'value: jason'));
    const { changes } = compare({ before: imagine(), after, namespace: 'default' });
    expect(changes.map(({ before, after: now, origin }) => [before, now, origin])).toContainEqual([
      ...['50 % web-v1 + 50 % web-v2', 'web-v2', 'routes.yaml:31'],
    ]);
  });

  it('are left out when they have a mistake, which is told with its line', () => {
    const wrong = ROUTES.replace('statusCode', 'code').replace(
      'timeouts: {request: 3s}',
      'timeouts: {request: x}',
    );
    const files = [{ file: 'routes.yaml', text: wrong }];
    const { diagnostics, gatewayApi } = imaginaryMesh(files, {
      ...{ namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' },
    });
    expect(diagnostics).toMatchObject([{ severity: 'error', position: { file: 'routes.yaml', line: 19 } }]);
    expect(gatewayApi?.httpRoutes.map(({ metadata }) => metadata.name)).toEqual(['web']);
  });
});
