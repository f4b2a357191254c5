import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { port, uint32 } from '#mesh/schema/scalars.ts';

export const redirect = fields({
  supported: {
    uri: z.string().exactOptional(),
    authority: z.string().exactOptional(),
    port: port.exactOptional(),
    derivePort: z.enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']).exactOptional(),
    scheme: z.string().exactOptional(),
    redirectCode: uint32.default(301),
  },
  unsupported: { prefixRewrite: 'the path is kept' },
});

export const directResponse = z.strictObject({
  status: z.int().min(200).max(599),
  body: z
    .strictObject({ string: z.string().exactOptional(), bytes: z.base64().exactOptional() })
    .refine((body) => Object.keys(body).length <= 1, { error: 'expected only one of `string` and `bytes`' })
    .exactOptional(),
});

export const rewrite = z.strictObject({
  uri: z.string().exactOptional(),
  authority: z.string().exactOptional(),
  uriRegexRewrite: z.strictObject({ match: z.string(), rewrite: z.string() }).exactOptional(),
});

export type Redirect = z.infer<typeof redirect>;
export type DirectResponse = z.infer<typeof directResponse>;
export type Rewrite = z.infer<typeof rewrite>;
