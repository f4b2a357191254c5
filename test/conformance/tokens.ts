import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { parse } from 'yaml';

/** What stands for JSON web tokens and key sets in the cases. */
export interface Tokens {
  /** `$TOKEN{iss: me}`, `$FORGED{…}` (signed with a key that nobody publishes), `$JWKS`, `$BIG` (30,000 bytes). */
  fill(text: string): string;
}

// Outlives every record; so that the same claims are the same token on all days.
const TIMES = { iat: 1_700_000_000, exp: 4_102_444_800 };

export function createTokens(): Tokens {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const forger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }];
  return {
    fill: (text) =>
      text
        .replaceAll('$JWKS', JSON.stringify({ keys }))
        .replaceAll('$BIG', 'x'.repeat(30_000))
        .replace(/\$(TOKEN|FORGED)(\{[^}]*\})/g, (_, word: string, claims: string) =>
          signed({ ...TIMES, ...(parse(claims) as object) }, word === 'TOKEN' ? privateKey : forger),
        ),
  };
}

function signed(claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
}
