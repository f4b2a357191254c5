import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { coverageOf } from '#mesh/testing/coverage.ts';
import { explainTests } from '#mesh/testing/explain-tests.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { readTests } from '#mesh/testing/read-tests.ts';
import { complaints, passed } from '#mesh/testing/test-result.ts';

const ISTIO = ['bookinfo-gateway', 'destination-rule-all', 'virtual-service-reviews-test-v2'];
const POLICIES = ['authorization-allow-nothing', 'authorization-productpage', 'authorization-services'];
const files = (names: readonly string[]) => [
  ...['k8s/bookinfo.yaml', ...names.map((name) => `istio/bookinfo/${name}.yaml`)].map((file) => ({
    file,
    text: readFileSync(file, 'utf8'),
  })),
];

function run(text: string, manifests = files(ISTIO)) {
  const { suites, diagnostics } = readTests([{ file: 'a.mesh-test.yaml', text }]);
  expect(diagnostics).toEqual([]);
  const [suite] = suites;
  if (!suite) throw new Error('no suite');
  const imagined = imaginaryMesh(manifests, suite);
  expect(imagined.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { results: explainTests(suite, imagined), imagined };
}

/** The complaints about one test. */
function complain(request: string, expectation: string, manifests?: ReturnType<typeof files>) {
  const { results } = run(`tests: [{name: a, request: ${request}, expect: ${expectation}}]`, manifests);
  return results.flatMap(complaints);
}

const JASON = '{from: productpage-v1, url: "http://reviews:9080/reviews/0", headers: {end-user: jason}}';
const NOBODY = '{from: productpage-v1, url: "http://reviews:9080/reviews/0"}';

describe('explainTests', () => {
  it.each([
    [JASON, '{workload: reviews-v2, version: v2, status: 200, allowed: true}'],
    [NOBODY, '{shares: {reviews-v1: 100}, timeout: none, retries: {attempts: 2}}'],
    ['{url: /productpage}', '{workload: productpage-v1}'],
    ['{url: "http://elsewhere/none"}', '{status: 404}'],
    ['{from: productpage-v1, url: "http://elsewhere.example/"}', '{status: 502}'],
    [NOBODY, '{received: {path: /reviews/0, host: reviews, headers: {end-user: null}}}'],
    ['{from: productpage-v1, sidecar: false, url: "http://reviews:9080/"}', '{allowed: true}'],
  ])('%s %s', (request, expectation) => {
    expect(complain(request, expectation)).toEqual([]);
  });

  it.each([
    [NOBODY, '{version: v2}', 'version: expected v2, found v1'],
    [NOBODY, '{workload: reviews-v3}', 'workload: expected reviews-v3, found reviews-v1'],
    [JASON, '{status: 503}', 'status: expected 503, found 200'],
    [JASON, '{timeout: 3s}', 'timeout: expected 3s, found none'],
    [JASON, '{allowed: false}', 'access: expected denied, found allowed'],
    [JASON, '{refusedBy: nobody}', 'refusedBy: expected nobody, found nobody: allowed'],
    [JASON, '{retries: {attempts: 7}}', 'retries.attempts: expected 7, found 2'],
    [JASON, '{received: {headers: {end-user: joe}}}', 'received.headers.end-user: expected joe, found jason'],
    ['{url: /}', '{workload: x}', 'workload: expected x, found no workload got the request'],
    ['{url: /logout}', '{location: /x}', 'location: expected /x, found no redirection'],
  ])('%s %s: %s', (request, expectation, complaint) => {
    expect(complain(request, expectation)).toEqual([complaint]);
  });

  it.each([
    [
      '{from: review-v1, url: "http://x"}',
      'there is no workload "review-v1" in namespace default',
      'fix: did you mean `reviews-v1`?',
    ],
    [
      '{from: shop/web, url: "http://x"}',
      'there is no workload "web" in namespace shop',
      'fix: name the namespace as well, as in `default/NAME`; there are workloads in default',
    ],
    ['{from: gateway/ingres, url: /}', 'there is no gateway "ingres"', 'fix: use `istio-ingressgateway`'],
    ['{url: "http://:x"}', '"http://:x" is not a URL', 'fix: write `http://host:port/path`'],
  ])('tells the mistake of %s', (request, message, fix) => {
    expect(complain(request, '{status: 200}')).toEqual([message, fix]);
  });

  it('asks for expectations where there are none', () => {
    const { results } = run('tests: [{name: a, request: {url: /}}]');
    expect(results.flatMap(complaints)[0]).toBe('the test expects nothing');
  });

  it('names the policy that refuses, and fills the table for workloads that it does not name', () => {
    const { results } = run(
      `
tests:
  - {name: a, request: {from: ratings-v1, url: "http://details:9080/"}, expect: {refusedBy: details-viewer, status: 403}}
  - name: as another
    request: {from: ratings-v1, as: cluster.local/ns/default/sa/bookinfo-productpage, url: "http://details:9080/"}
    expect: {allowed: true}
access:
  - {to: "http://ratings:9080/", allowed: [reviews-v1, reviews-v2, reviews-v3], others: denied}
  - {to: "POST http://ratings:9080/", allowed: [reviews-v2]}`,
      files([...ISTIO, ...POLICIES]),
    );
    expect(results.filter(passed)).toHaveLength(8);
    expect(results.filter((result) => !passed(result)).flatMap(complaints)).toEqual([
      expect.stringMatching(
        /^access: expected allowed, found denied \(refused by AuthorizationPolicy default\/allow-nothing, default\/ratings-viewer: no ALLOW policy matches/,
      ),
    ]);
  });

  it('knows strict mutual TLS and tokens', () => {
    const strict = files(['destination-rule-all', 'peer-authentication-strict']);
    const outside = '{from: productpage-v1, sidecar: false, url: "http://reviews:9080/"}';
    expect(complain(outside, '{refusedBy: PeerAuthentication, allowed: false}', strict)).toEqual([]);
    const token = (issuer: string) =>
      `{from: reviews-v1, url: "http://ratings:9080/", token: {issuer: ${issuer}, subject: jane, claims: {groups: [dev]}}}`;
    const policies = [...files([]), { file: 'jwt.yaml', text: JWT }];
    expect(complain(token('me'), '{allowed: true}', policies)).toEqual([]);
    expect(complain(token('you'), '{status: 401, refusedBy: RequestAuthentication}', policies)).toEqual([]);
  });

  it('tells which rules and policies no test has met', () => {
    const { results, imagined } = run(
      `tests: [{name: a, request: ${JASON}, expect: {version: v2}}]`,
      files([...ISTIO, ...POLICIES]),
    );
    const { rules, policies } = coverageOf(
      [imagined],
      results.flatMap(({ outcome }) => outcome ?? []),
    );
    expect([rules.met, rules.all, policies.met, policies.all]).toEqual([1, 3, 1, 5]);
    expect(rules.missed.map(({ name, position }) => `${name} ${position.file}:${position.line}`)).toEqual([
      'VirtualService default/bookinfo, rule 1 istio/bookinfo/bookinfo-gateway.yaml:21',
      'VirtualService default/reviews, rule 2 istio/bookinfo/virtual-service-reviews-test-v2.yaml:15',
    ]);
  });

  it("judges istio-config-validator's tests by VirtualServices alone, of whatever gateway", () => {
    const text = (match: boolean) => `
testCases:
  - description: users
    wantMatch: ${match}
    request: {authority: [example.com], method: [GET], uri: [/users], headers: {x-user-type: qa}}
    route: [{destination: {host: users.users.svc.cluster.local}}]
`;
    const manifests = [{ file: 'vs.yaml', text: USERS }];
    expect(run(text(true), manifests).results.flatMap(complaints)).toEqual([]);
    expect(run(text(false), manifests).results.flatMap(complaints)).toEqual([
      'route: expected not users.users.svc.cluster.local, found users.users.svc.cluster.local',
    ]);
  });
});

const JWT = `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: me}
spec: {jwtRules: [{issuer: me, jwksUri: "https://me.example/keys"}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: tokens}
spec:
  selector: {matchLabels: {app: ratings}}
  rules: [{when: [{key: "request.auth.claims[groups]", values: [dev]}]}]
`;

const USERS = `
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: {name: example, namespace: example}
spec:
  hosts: [www.example.com, example.com]
  gateways: [istio-system/external]
  http:
    - match: [{uri: {regex: "/users(/.*)?"}, headers: {x-user-type: {exact: qa}}, gateways: [istio-system/external]}]
      route: [{destination: {host: users.users.svc.cluster.local, port: {number: 80}}}]
    - route: [{destination: {host: monolith.monolith.svc.cluster.local}}]
`;
