import { z } from 'zod';
import { duration } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';
import { int32 } from '#mesh/schema/scalars.ts';

/** `retryOn` is Envoy's list, comma separated: conditions and plain status codes. */
export const retries = fields({
  supported: {
    attempts: int32.min(0).exactOptional(),
    perTryTimeout: duration.exactOptional(),
    backoff: duration.exactOptional(),
    retryOn: z.string().exactOptional(),
    retryRemoteLocalities: z.boolean().exactOptional(),
    retryIgnorePreviousHosts: z.boolean().exactOptional(),
  },
});

export type Retries = z.infer<typeof retries>;
