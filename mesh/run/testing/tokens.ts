import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** An issuer of JSON web tokens (RFC 7519) with a key of its own. */
export interface Issuer {
  /** The JSON Web Key Set. */
  readonly keys: string;
  token(claims: Readonly<Record<string, unknown>>): string;
}

export function createIssuer(): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256', use: 'sig' };
  return {
    keys: JSON.stringify({ keys: [key] }),
    token: (claims) => signed(claims, privateKey),
  };
}

function signed(claims: Readonly<Record<string, unknown>>, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'RS256', kid: 'test', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
}
