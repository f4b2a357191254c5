import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';

const keyRef = z.strictObject({ name: z.string(), key: z.string(), optional: z.boolean().default(false) });
const sourceRef = z.strictObject({ name: z.string(), optional: z.boolean().default(false) });

const valueFrom = fields({
  supported: {
    configMapKeyRef: keyRef.exactOptional(),
    secretKeyRef: keyRef.exactOptional(),
    fieldRef: z.strictObject({ apiVersion: z.string().optional(), fieldPath: z.string() }).exactOptional(),
  },
  unsupported: {
    resourceFieldRef: 'processes on a laptop have no limits, so the variable stays unset',
    fileKeyRef: 'volumes are not mounted, so the variable stays unset',
  },
});

/** One variable: a literal with `$(OTHER)` references, or the place that its value comes from. */
export const envVar = fields({
  supported: {
    name: z.string().min(1),
    value: z.string().exactOptional(),
    valueFrom: valueFrom.exactOptional(),
  },
});

/** All keys of a ConfigMap or Secret as variables. */
export const envFrom = fields({
  supported: {
    prefix: z.string().default(''),
    configMapRef: sourceRef.exactOptional(),
    secretRef: sourceRef.exactOptional(),
  },
});

export type EnvVar = z.infer<typeof envVar>;
export type EnvFrom = z.infer<typeof envFrom>;
