import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { createIssuer } from '#mesh/run/testing/tokens.ts';

const issuer = createIssuer();
const claims = { iss: 'me@example.com', sub: 'jane', role: 'admin' };
const [publicKey] = JSON.parse(issuer.keys).keys;

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (
  header: object,
  payload: unknown,
  signature: string | ((content: string) => Buffer | string),
) => {
  const content = `${encoded(header)}.${encoded(payload)}`;
  const end = typeof signature === 'string' ? signature : signature(content);
  return `${content}.${typeof end === 'string' ? end : end.toString('base64url')}`;
};
const [head = '', body = '', signature = ''] = issuer.token(claims).split('.');
const rs256 = { alg: 'RS256', kid: 'test', typ: 'JWT' };
const pem = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const hmac = (content: string) => createHmac('sha256', pem).update(content).digest();
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const byOwnKey = (content: string) => sign('RSA-SHA256', Buffer.from(content), own.privateKey);
const ownKey = { ...own.publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256' };
const now = Math.floor(Date.now() / 1000);

/** What somebody without the issuer's key can make, or pick up. */
const FORGED: Readonly<Record<string, string>> = {
  'no signature': `${head}.${body}.`,
  'no signature and no dot for it': `${head}.${body}`,
  'algorithm none': token({ ...rs256, alg: 'none' }, claims, ''),
  'algorithm NONE with a signature': token({ ...rs256, alg: 'NONE' }, claims, signature),
  'no algorithm': token({ typ: 'JWT', kid: 'test' }, claims, signature),
  'the public key as a secret': token({ ...rs256, alg: 'HS256' }, claims, hmac),
  'the public key as a secret, said to be RS256': token(rs256, claims, hmac),
  "somebody else's key": createIssuer().token(claims),
  'a key that the token brings along': token({ ...rs256, jwk: ownKey }, claims, byOwnKey),
  'a key that the token says where to get': token(
    { ...rs256, jku: 'http://127.0.0.1:1/keys' },
    claims,
    byOwnKey,
  ),
  'another key id': token({ ...rs256, kid: 'other' }, claims, byOwnKey),
  'a key id that leads elsewhere': token({ ...rs256, kid: '../../dev/null' }, claims, byOwnKey),
  'claims changed under their signature': `${head}.${encoded({ ...claims, sub: 'root' })}.${signature}`,
  'a header changed under its signature': `${encoded({ ...rs256, x: 1 })}.${body}.${signature}`,
  'a signature that is cut': `${head}.${body}.${signature.slice(0, -8)}`,
  'a signature with one bit turned': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
  'a signature of nothing': token(rs256, claims, () => Buffer.alloc(256)),
  'a token that has expired': issuer.token({ ...claims, exp: now - 3_600 }),
  'a token for later': issuer.token({ ...claims, nbf: now + 3_600 }),
  'another issuer': issuer.token({ ...claims, iss: 'me@example.com.evil.example' }),
  'no issuer': issuer.token({ sub: 'jane' }),
  'claims that are no object': token(rs256, [claims], byOwnKey),
  'four parts': `${head}.${body}.${signature}.${signature}`,
  'a part too few': `${body}.${signature}`,
};

let mesh: StartedMesh;
let alice: Caller;

beforeAll(async () => {
  mesh = await startMesh();
  const rules = `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens}
spec: {selector: {matchLabels: {app: web}}, jwtRules: [{issuer: me@example.com, jwks: '${issuer.keys}'}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: by-token}
spec: {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]}
`;
  expect((await mesh.apply(`${manifest('callers.yaml')}---\n${rules}`)).diagnostics).toEqual([]);
  expect(await mesh.ready()).toBe('ready');
  alice = await Caller.of(mesh, 'alice');
});
afterAll(() => mesh?.end());

const statusWith = async (authorization: string) =>
  (await alice.call({ url: 'http://web/', headers: { authorization } })).status;

test('a forged token opens nothing, wherever it comes from; the real one does, before and after', async () => {
  expect(Object.keys(FORGED).length).toBeGreaterThanOrEqual(20);
  expect(await statusWith(`Bearer ${issuer.token(claims)}`)).toBe(200);
  const accepted: string[] = [];
  for (const [what, forged] of Object.entries(FORGED)) {
    const status = await statusWith(`Bearer ${forged}`);
    if (status !== 401 && status !== 403) accepted.push(`${what}: ${status}`);
  }
  expect(accepted).toEqual([]);
  expect(await statusWith(`Bearer ${issuer.token(claims)}`)).toBe(200);
});
