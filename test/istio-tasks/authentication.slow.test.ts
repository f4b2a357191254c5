import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokens } from '#test/conformance/tokens.ts';
import { httpbin, policy, type SecurityMesh, startSecurityMesh } from '#test/istio-tasks/security-mesh.ts';
import { soon } from '#test/istio-tasks/task-mesh.ts';

/** The tasks of Istio's documentation about authentication, each by its own steps. */
let task: SecurityMesh;
beforeAll(async () => {
  task = await startSecurityMesh();
});
afterAll(() => task?.mesh.close());

const expectSoon: SecurityMesh['expectSoon'] = (...asked) => task.expectSoon(...asked);

/** A legacy caller's connection is reset. */
const refused = (from: string, url: string) => expectSoon(from, url, '000');

const strict = (namespace: string, more = '') => `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default${more && '-workload'}, namespace: ${namespace}}
spec: {${more}mtls: {mode: STRICT}}`;

describe('authentication policy and migration to mutual TLS', () => {
  it('every caller reaches every server before there is a policy, and proxies show certificates by themselves', async () => {
    for (const from of ['foo', 'bar', 'legacy'])
      for (const to of ['foo', 'bar', 'legacy']) await expectSoon(from, httpbin(to), '200');
    const headers = (to: string) =>
      task.shell(`kubectl exec -n foo deploy/curl -c curl -- curl -s ${httpbin(to, '/headers')}`);
    expect(await headers('foo')).toMatch(/X-Forwarded-Client-Cert/i);
    expect(await headers('legacy')).not.toMatch(/X-Forwarded-Client-Cert/i);
  });

  it('STRICT for the mesh refuses callers without sidecar, for a namespace only those of its servers', async () => {
    await task.apply(strict('istio-system'));
    for (const to of ['foo', 'bar']) await refused('legacy', httpbin(to));
    await expectSoon('foo', httpbin('bar'), '200');
    await expectSoon('legacy', httpbin('legacy'), '200');
    await task.remove(strict('istio-system'));
    await task.apply(strict('foo'));
    await refused('legacy', httpbin('foo'));
    await expectSoon('legacy', httpbin('bar'), '200');
    await task.remove(strict('foo'));
  });

  it('a workload has a mode of its own, and a port of it another', async () => {
    const selector = 'selector: {matchLabels: {app: httpbin}}, ';
    await task.apply(strict('bar', selector));
    await refused('legacy', httpbin('bar'));
    const port = strict('bar', `${selector}portLevelMtls: {8080: {mode: DISABLE}}, `);
    await task.apply(port);
    await expectSoon('legacy', httpbin('bar'), '200');
    await task.remove(port);
  });
});

const GROUPS = '/headers';
const tokens = createTokens();
const token = (claims: string) =>
  tokens.fill(`$TOKEN{iss: testing@secure.istio.io, sub: testing@secure.istio.io${claims}}`);
const authentication = (namespace: string, more = '', selector = 'app: httpbin') => `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt-example, namespace: ${namespace}}
spec:
  selector: {matchLabels: {${selector}}}
  jwtRules:
    - issuer: testing@secure.istio.io
      jwks: '${tokens.fill('$JWKS')}'
${more}`;
const bearer = (text: string) => `-H "Authorization: Bearer ${text}"`;

describe('JSON web tokens', () => {
  it('wrong ones are refused, valid ones and none pass, until a policy asks for one of a group', async () => {
    await task.apply(authentication('foo'));
    await expectSoon('foo', httpbin('foo', GROUPS), '401', bearer('deadbeef'));
    await expectSoon('foo', httpbin('foo', GROUPS), '200');
    await expectSoon('foo', httpbin('foo', GROUPS), '200', bearer(token('')));
    const selector = 'selector: {matchLabels: {app: httpbin}}';
    const principal =
      'from: [{source: {requestPrincipals: ["testing@secure.istio.io/testing@secure.istio.io"]}}]';
    const required = policy('require-jwt', `{${selector}, action: ALLOW, rules: [{${principal}}]}`);
    await task.apply(required);
    await expectSoon('foo', httpbin('foo', GROUPS), '403');
    await expectSoon('foo', httpbin('foo', GROUPS), '200', bearer(token('')));
    const when = 'when: [{key: "request.auth.claims[groups]", values: [group1]}]';
    await task.apply(policy('require-jwt', `{${selector}, action: ALLOW, rules: [{${principal}, ${when}}]}`));
    await expectSoon('foo', httpbin('foo', GROUPS), '403', bearer(token('')));
    await expectSoon('foo', httpbin('foo', GROUPS), '200', bearer(token(', groups: [group1, group2]')));
    await task.remove(required);
  });

  it('claims become headers', async () => {
    const claims = '      outputClaimToHeaders: [{header: x-jwt-claim-foo, claim: foo}]';
    await task.apply(authentication('foo', claims));
    const ask = `kubectl exec -n foo deploy/curl -c curl -- curl -s ${bearer(token(', foo: bar'))} ${httpbin('foo', '/headers')}`;
    await soon(async () => expect(await task.shell(ask)).toMatch(/X-Jwt-Claim-Foo[^a-z]+bar/i));
    await task.remove(authentication('foo', claims));
  });

  it('claims decide about routes at the gateway', async () => {
    const own = authentication('istio-system', '', 'istio: ingressgateway');
    const routes = `${own}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: httpbin-gateway, namespace: foo}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin, namespace: foo}
spec:
  hosts: ["*"]
  gateways: [httpbin-gateway]
  http:
    - match: [{uri: {prefix: /headers}, headers: {"@request.auth.claims.groups": {exact: group1}}}]
      route: [{destination: {port: {number: 8000}, host: httpbin}}]`;
    await task.apply(routes);
    const ask = (options = '') =>
      task.shell(`curl -s -o /dev/null -w '%{http_code}' ${options} "http://$GATEWAY_URL/headers"`);
    await soon(async () => expect(await ask(bearer(token(', groups: [group1, group2]')))).toBe('200'));
    expect([await ask(), await ask(bearer('some.invalid.token')), await ask(bearer(token('')))]).toEqual([
      '404',
      '401',
      '404',
    ]);
    await task.remove(routes);
  });
});
