import { z } from 'zod';
import { duration, fields, strings } from '#mesh/istiod/config/schema/fields.ts';
import { securityVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { targets, workloadSelector } from '#mesh/istiod/config/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const header = z.object({ name: z.string().min(1), prefix: z.string().default('') });

/** Whose tokens are believed, and where requests carry them. */
const jwtRule = fields({
  supported: {
    /** Empty: any issuer that signs with the keys. */
    issuer: z.string().default(''),
    audiences: strings,
    /** Counts before `jwksUri`. Without either, Istio asks the issuer by OpenID discovery. */
    jwks: z.string().exactOptional(),
    /** Each Envoy fetches it by itself; in a cluster the control plane does. */
    jwksUri: z.string().exactOptional(),
    jwks_uri: z.string().exactOptional(),
    /** `Authorization: Bearer TOKEN` and the parameter `access_token`, where no place is named. */
    fromHeaders: z.array(header).default([]),
    fromParams: strings,
    fromCookies: strings,
    outputPayloadToHeader: z.string().min(1).exactOptional(),
    outputClaimToHeaders: z
      .array(z.object({ header: z.string().min(1), claim: z.string().min(1) }))
      .default([]),
    forwardOriginalToken: z.boolean().default(false),
    /** Claims whose text is a list with spaces between, beside `scope` and `permission`. */
    spaceDelimitedClaims: strings,
    timeout: duration.exactOptional(),
  },
  deprecated: { jwks_uri: '`jwksUri`' },
  unsupported: {
    presence: 'a request without a token passes, and one with a wrong token does not',
  },
}).transform(({ jwks_uri: older, ...rule }) => (older === undefined ? rule : { jwksUri: older, ...rule }));

export type JwtRule = z.infer<typeof jwtRule>;

/** https://istio.io/latest/docs/reference/config/security/request_authentication/ */
export const requestAuthentication = fields({
  supported: {
    apiVersion: securityVersion,
    kind: z.literal('RequestAuthentication'),
    metadata,
    spec: fields({
      supported: {
        selector: workloadSelector.exactOptional(),
        ...targets,
        jwtRules: z.array(jwtRule).default([]),
      },
    }).default({ jwtRules: [] }),
  },
  harmless: writtenByIstio,
});
