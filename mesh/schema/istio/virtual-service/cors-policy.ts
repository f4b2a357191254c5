import { z } from 'zod';
import { duration } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';
import { valueMatch } from '#mesh/schema/istio/virtual-service/string-match.ts';
import { strings } from '#mesh/schema/scalars.ts';

export const corsPolicy = fields({
  supported: {
    allowOrigins: z.array(valueMatch).default([]),
    allowOrigin: strings,
    allowMethods: strings,
    allowHeaders: strings,
    exposeHeaders: strings,
    maxAge: duration.exactOptional(),
    allowCredentials: z.boolean().exactOptional(),
  },
  deprecated: { allowOrigin: '`allowOrigins: [{exact: …}]`' },
  unsupported: { unmatchedPreflights: 'preflight requests of other origins are forwarded, the default' },
});

export type CorsPolicy = z.infer<typeof corsPolicy>;
