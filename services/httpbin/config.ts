import type { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';

/** The variables of httpbin; what `platform/config.ts` lists comes on top. */
export const httpbinVariables = platformVariables.extend({
  PORT: port().default(8080),
});

export type HttpbinConfig = z.output<typeof httpbinVariables>;
