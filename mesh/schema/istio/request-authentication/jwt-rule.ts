import { z } from 'zod';
import { duration } from '#mesh/schema/duration.ts';
import { strings } from '#mesh/schema/scalars.ts';

const header = z.strictObject({ name: z.string().min(1), prefix: z.string().default('') });

const jwks = z.string().refine(hasKeys, {
  error: 'expected a JSON Web Key Set as text, such as {"keys":[{"kty":"RSA",…}]}',
});

const jwksUri = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });

/** Whose tokens are believed, and where requests carry them. */
export const jwtRule = z
  .strictObject({
    issuer: z.string().min(1),
    audiences: strings,
    jwks: jwks.exactOptional(),
    /** Each Envoy fetches it by itself; in a cluster the control plane does. */
    jwksUri: jwksUri.exactOptional(),
    /** `Authorization: Bearer TOKEN` and the parameter `access_token`, where no place is named. */
    fromHeaders: z.array(header).default([]),
    fromParams: strings,
    fromCookies: strings,
    outputPayloadToHeader: z.string().min(1).exactOptional(),
    outputClaimToHeaders: z
      .array(z.strictObject({ header: z.string().min(1), claim: z.string().min(1) }))
      .default([]),
    forwardOriginalToken: z.boolean().default(false),
    /** Claims whose text is a list with spaces between, beside `scope` and `permission`. */
    spaceDelimitedClaims: strings,
    timeout: duration.exactOptional(),
  })
  .refine((rule) => (rule.jwks === undefined) !== (rule.jwksUri === undefined), {
    error: 'expected one of `jwks` and `jwksUri`; the laptop does not look for the keys by OpenID discovery',
  });

export type JwtRule = z.infer<typeof jwtRule>;

function hasKeys(text: string): boolean {
  try {
    const set: unknown = JSON.parse(text);
    return typeof set === 'object' && set !== null && 'keys' in set && isFilledList(set.keys);
  } catch {
    return false;
  }
}

function isFilledList(keys: unknown): boolean {
  return Array.isArray(keys) && keys.length > 0;
}
