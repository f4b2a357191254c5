import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { createIssuer } from '#mesh/run/testing/tokens.ts';

const issuer = createIssuer();
const server = createServer((_, response) => response.end(issuer.keys));
let mesh: StartedMesh;
let alice: Caller;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  mesh = await startMesh();
  expect((await mesh.apply(manifest('callers.yaml'))).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  alice = await Caller.of(mesh, 'alice');
});
afterAll(async () => {
  server.close();
  await mesh.end();
});

const rules = (jwtRules: string) => `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens}
spec: {selector: {matchLabels: {app: web}}, jwtRules: [${jwtRules}]}
`;
const inline = `{issuer: me@example.com, jwks: '${issuer.keys}'}`;
const claims = { iss: 'me@example.com', sub: 'jane', groups: ['dev', 'ops'], role: 'admin', aud: 'shop' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = (headers: Readonly<Record<string, string>> = {}, path = '/') =>
  alice.call({ url: `http://web${path}`, headers });
const valid = () => bearer(issuer.token(claims));

test('a request without token passes, and so does a valid one; an invalid one is refused', async () => {
  expect((await mesh.apply(rules(inline))).diagnostics).toEqual([]);
  expect((await ask()).status).toBe(200);
  expect((await ask(valid())).status).toBe(200);
  expect(await ask(bearer('nonsense'))).toEqual({
    status: 401,
    text: 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
  });
  expect(await ask(bearer(issuer.token({ ...claims, exp: 1 })))).toEqual({
    status: 401,
    text: 'Jwt is expired',
  });
  expect((await ask(bearer(createIssuer().token(claims)))).status).toBe(401);
  expect(await ask(bearer(issuer.token({ ...claims, iss: 'other' })))).toEqual({
    status: 401,
    text: 'Jwt issuer is not configured',
  });
});

test('audiences, and the places in which a token may stand', async () => {
  const places = 'fromHeaders: [{name: x-token, prefix: "T "}], fromParams: [t], fromCookies: [c]';
  await mesh.apply(rules(inline.replace('{', `{audiences: [shop], ${places}, `)));
  const token = issuer.token(claims);
  const wrong = issuer.token({ ...claims, aud: 'bank' });
  expect((await ask({ 'x-token': `T ${wrong}` })).status).toBe(403);
  expect((await ask({ 'x-token': `T ${token}` })).status).toBe(200);
  expect((await ask({}, `/?t=${wrong}`)).status).toBe(403);
  expect((await ask({ cookie: `c=${wrong}` })).status).toBe(403);
  // Where other places are named, this one is not looked at.
  expect((await ask(bearer(wrong))).status).toBe(200);
});

test('the program gets the claims in headers, and the token when it is forwarded', async () => {
  const outputs = 'outputPayloadToHeader: x-payload, outputClaimToHeaders: [{header: x-sub, claim: sub}]';
  await mesh.apply(rules(inline.replace('{', `{${outputs}, `)));
  const received = async () =>
    JSON.parse((await ask(valid(), '/headers')).text) as Readonly<Record<string, string>>;
  expect(await received()).toMatchObject({ 'x-sub': 'jane', 'x-payload': expect.stringMatching(/^ey/) });
  expect(await received()).not.toHaveProperty('authorization');
  await mesh.apply(rules(inline.replace('{', '{forwardOriginalToken: true, ')));
  expect(await received()).toHaveProperty('authorization');
});

test.each([
  ['from: [{source: {requestPrincipals: ["*"]}}]', 200, 403],
  ['from: [{source: {requestPrincipals: ["me@example.com/jane"]}}]', 200, 403],
  ['from: [{source: {requestPrincipals: ["me@example.com/joe"]}}]', 403, 403],
  ['from: [{source: {notRequestPrincipals: ["*"]}}]', 403, 200],
  ['when: [{key: "request.auth.claims[groups]", values: [ops]}]', 200, 403],
  ['when: [{key: "request.auth.claims[role]", values: ["adm*"], notValues: [user]}]', 200, 403],
  ['when: [{key: "request.auth.claims[groups]", values: [hr]}]', 403, 403],
  ['when: [{key: request.auth.audiences, values: [shop]}]', 200, 403],
])('a policy that allows %s', async (rule, withToken, without) => {
  await mesh.apply(`${rules(inline)}---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: by-token}
spec: {selector: {matchLabels: {app: web}}, rules: [{${rule}}]}
`);
  expect([(await ask(valid())).status, (await ask()).status]).toEqual([withToken, without]);
});

test('keys by URI: fetched by the Envoy, and a server that is gone is said in the answer', async () => {
  const objects = [{ kind: 'AuthorizationPolicy', name: 'by-token', namespace: 'default' }];
  await mesh.client.delete({ objects, namespace: 'default' });
  const { port } = server.address() as AddressInfo;
  const remote = (at: number) =>
    `{issuer: me@example.com, jwksUri: "http://127.0.0.1:${at}/keys", timeout: 1s}`;
  expect((await mesh.apply(rules(remote(port)))).diagnostics).toEqual([]);
  expect((await ask(valid())).status).toBe(200);
  expect((await ask(bearer(createIssuer().token(claims)))).status).toBe(401);
  // Nothing listens on port 1.
  await mesh.apply(rules(remote(1)));
  expect(
    await eventually(
      () => ask(valid()),
      ({ status }) => status === 401,
    ),
  ).toEqual({
    status: 401,
    text: 'Jwks remote fetch is failed',
  });
});

test("a gateway's routes ask for claims: of a list, nested, by pattern, and for their absence", async () => {
  const rule = (path: string, match: string) =>
    `{match: [{uri: {prefix: ${path}}, ${match}}], directResponse: {status: 201}}`;
  const { diagnostics } = await mesh.apply(`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: gateway-tokens, namespace: istio-system}
spec: {selector: {matchLabels: {istio: ingressgateway}}, jwtRules: [${inline}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: claims}
spec:
  hosts: [claims.example]
  gateways: [ingress]
  http:
    - ${rule('/list', 'headers: {"@request.auth.claims.groups": {exact: ops}}')}
    - ${rule('/nested', 'headers: {"@request.auth.claims[realm][roles]": {exact: admin}}')}
    - ${rule('/pattern', 'headers: {"@request.auth.claims.sub": {regex: "j.*"}}')}
    - ${rule('/without', 'withoutHeaders: {"@request.auth.claims.sub": {exact: jane}}')}
    - directResponse: {status: 203}
`);
  expect(diagnostics).toEqual([]);
  const jane = issuer.token({ ...claims, realm: { roles: ['user', 'admin'] } });
  const joe = issuer.token({ iss: 'me@example.com', sub: 'bob', groups: ['dev'] });
  const paths = ['/list', '/nested', '/pattern', '/without'];
  const statuses = (headers: Readonly<Record<string, string>>) =>
    Promise.all(paths.map((path) => atGateway(path, headers)));
  expect(await statuses(bearer(jane))).toEqual([201, 201, 201, 203]);
  expect(await statuses(bearer(joe))).toEqual([203, 203, 203, 201]);
  expect(await statuses({})).toEqual([203, 203, 203, 201]);
});

async function atGateway(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const options = { headers: { host: 'claims.example', ...headers }, agent: false };
  const [response] = (await once(request(`${mesh.gatewayUrl}${path}`, options).end(), 'response')) as [
    IncomingMessage,
  ];
  response.resume();
  return response.statusCode;
}
