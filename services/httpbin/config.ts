import type { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';

/** The variables of httpbin; those of `platform/config.ts` come on top. */
export const httpbinVariables = platformVariables.extend({
  PORT: port().default(8080),
});

export type HttpbinConfig = z.output<typeof httpbinVariables>;
