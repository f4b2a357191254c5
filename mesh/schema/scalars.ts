import { z } from 'zod';

const expectedPort = 'expected a port number from 1 to 65535';

export const port = z
  .int({ error: expectedPort })
  .min(1, { error: expectedPort })
  .max(65_535, { error: expectedPort });

/** A container's port by number or name, as in Kubernetes' IntOrString. */
export const portOrName = z.union([port, z.string().min(1)], {
  error: 'expected a port number from 1 to 65535 or the name of a port',
});

export const uint32 = z.int().min(0).max(4_294_967_295);
export const int32 = z.int().min(-2_147_483_648).max(2_147_483_647);

/** Label values are strings: `version: 1` without quotes is a number, which Kubernetes refuses as well. */
export const stringMap = z.record(z.string(), z.string());
export const labels = stringMap.default({});

export const strings = z.array(z.string()).default([]);

/** Kubernetes quantities (`100m`, `64Mi`); a plain number is one too. */
export const quantity = z.union([z.number(), z.string()]).refine(isQuantity, {
  error: 'expected a quantity such as `100m`, `0.5` or `64Mi`',
});

/** Istio's Percent message, from 0 to 100; without `value` it is zero. */
export const percent = z.strictObject({ value: z.number().min(0).max(100).default(0) });

function isQuantity(value: string | number): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([numkKMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(String(value));
}
