import { z } from 'zod';
import { providers, workloadMode } from '#mesh/schema/istio/telemetry/provider.ts';

export const accessLogging = z.strictObject({
  match: z.strictObject({ mode: workloadMode }).default({ mode: 'CLIENT_AND_SERVER' }),
  providers,
  disabled: z.boolean().exactOptional(),
  /** A CEL expression over Envoy's attributes: `response.code >= 400`. */
  filter: z.strictObject({ expression: z.string().min(1) }).exactOptional(),
});
