import { generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { isObject } from '#mesh/apiserver/object.ts';

/** Who asks: the client certificate's common name and organizations, as Kubernetes reads them. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Members may do everything, whatever the roles say. */
export const masters = 'system:masters';
const authenticated = 'system:authenticated';
const anonymous = 'system:anonymous';
const extraHeader = 'impersonate-extra-';

/**
 * The user of a request; with `kubectl --as`, the one whom it speaks for.
 *
 * @throws ApiError 500, as Kubernetes does, for an impersonation that names groups but no user
 */
export function userOf(request: IncomingMessage): User {
  return isImpersonating(request) ? impersonated(request) : certified(request);
}

/** Whether the request speaks for somebody else. */
export function isImpersonating({ headers }: IncomingMessage): boolean {
  return Object.keys(headers).some((name) => name.startsWith('impersonate-'));
}

function impersonated({ url = '/', headersDistinct }: IncomingMessage): User {
  const all = (name: string) => headersDistinct[name] ?? [];
  const [username = ''] = all('impersonate-user');
  if (username === '') {
    const message = `${JSON.stringify(url.split('?')[0])}: an impersonation needs the header Impersonate-User`;
    throw new ApiError({ code: 500, reason: 'InternalError', message });
  }
  const given = all('impersonate-group');
  const groups = given.length === 0 ? groupsOf(username) : [...given, ...generalGroups(username)];
  const [uid] = all('impersonate-uid');
  const extra = Object.keys(headersDistinct)
    .filter((name) => name.startsWith(extraHeader))
    .map((name) => [decoded(name.slice(extraHeader.length)), all(name)] as const);
  return {
    username,
    ...(uid && { uid }),
    groups: [...new Set(groups)],
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
  };
}

/** Keys of extras are percent-encoded, since a header's name takes few signs. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function certified({ socket }: IncomingMessage): User {
  const { subject, fingerprint256 } = (socket as Partial<TLSSocket>).getPeerCertificate?.() ?? {};
  if (!subject?.CN) return { username: anonymous, groups: generalGroups(anonymous) };
  const organizations = [subject.O ?? []].flat();
  const digest = fingerprint256?.replaceAll(':', '').toLowerCase();
  return {
    username: [subject.CN].flat()[0] ?? '',
    groups: [...organizations, authenticated],
    ...(digest && { extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${digest}`] } }),
  };
}

function generalGroups(username: string): readonly string[] {
  return [username === anonymous ? 'system:unauthenticated' : authenticated];
}

/** The groups that follow from a name such as `system:serviceaccount:shop:default`. */
export function groupsOf(username: string): readonly string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username) ?? [];
  if (namespace === undefined) return generalGroups(username);
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticated];
}

const issuer = 'https://kubernetes.default.svc.cluster.local';
export const defaultAudience = issuer;
const algorithm = { dsaEncoding: 'ieee-p1363' } as const;

interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface NewToken {
  readonly account: Account;
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly now: Date;
}

/** The tokens of service accounts: JWTs (RFC 7519), signed with a key of this server alone. */
export class Tokens {
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#private = privateKey;
    this.#public = publicKey;
  }

  issue({ account: { namespace, name, uid }, audiences, seconds, now }: NewToken): string {
    const iat = Math.floor(now.getTime() / 1000);
    const claims = {
      ...{ aud: audiences, exp: iat + seconds, iat, iss: issuer, jti: randomUUID(), nbf: iat },
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = `${encoded({ alg: 'ES256', typ: 'JWT' })}.${encoded(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#private, ...algorithm });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** Whose it is; undefined when it is not ours, too old, or for another audience. */
  userOf(token: string, audiences: readonly string[], now: Date): User | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const text = Buffer.from(`${header}.${payload}`);
    const key = { key: this.#public, ...algorithm };
    if (!verify('sha256', text, key, Buffer.from(signature, 'base64url'))) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (!isObject(claims) || Number(claims['exp']) * 1000 <= now.getTime()) return undefined;
    const own = Array.isArray(claims['aud']) ? claims['aud'] : [];
    if (!audiences.some((audience) => own.includes(audience))) return undefined;
    const username = String(claims['sub']);
    return { username, groups: groupsOf(username) };
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
