import { z } from 'zod';

/** Names of the mesh's extension providers; only the first one is used, as in Istio. */
export const providers = z.array(z.strictObject({ name: z.string().min(1) })).default([]);

/** Which side of its requests a workload reports: those it makes, or those it answers. */
export const workloadMode = z.enum(['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']).default('CLIENT_AND_SERVER');

export type WorkloadMode = z.infer<typeof workloadMode>;
