import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { isMap, isSeq, parseAllDocuments } from 'yaml';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import type { Token } from '#mesh/testing/test-file.ts';

const ALGORITHM = 'ES256';
const KEY_ID = 'mesh-test';
const LIFETIME = '1h';

/** A token for an explanation, which does not check its signature. */
export function unsignedToken(token: Token): string {
  return new UnsecuredJWT(claimsOf(token)).encode();
}

/** Signs what tests ask for, as if every issuer had its key. */
export interface TokenMint {
  /** The JSON Web Key Set that the mesh has to believe. */
  readonly keys: string;
  mint(token: Token): Promise<string>;
}

export async function createMint(): Promise<TokenMint> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const key = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' };
  return {
    keys: JSON.stringify({ keys: [key] }),
    mint: (token) =>
      new SignJWT(claimsOf(token))
        .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime(LIFETIME)
        .sign(privateKey),
  };
}

function claimsOf({ issuer, subject, audience, claims }: Token): Record<string, unknown> {
  return {
    iss: issuer,
    ...(subject !== undefined && { sub: subject }),
    ...(audience !== undefined && { aud: audience }),
    ...claims,
  };
}

/** The manifests with the mint's keys in place of those of the issuers that tests speak for. */
export function withKeys(
  files: readonly SourceFile[],
  { issuers, keys }: { readonly issuers: ReadonlySet<string>; readonly keys: string },
): readonly SourceFile[] {
  if (issuers.size === 0) return files;
  return files.map((source) => {
    if (!source.text.includes('RequestAuthentication')) return source;
    const documents = parseAllDocuments(source.text);
    if (!Array.isArray(documents)) return source;
    for (const document of documents) {
      const rules = document.getIn(['spec', 'jwtRules']);
      if (document.get('kind') !== 'RequestAuthentication' || !isSeq(rules)) continue;
      for (const rule of rules.items) {
        if (!isMap(rule) || !issuers.has(String(rule.get('issuer')))) continue;
        rule.delete('jwksUri');
        rule.set('jwks', keys);
      }
    }
    return { ...source, text: documents.map(String).join('---\n') };
  });
}
