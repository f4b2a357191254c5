import { z } from 'zod';

/** Exact, `prefix*`, `*suffix`, or `*` for presence. */
export const values = z
  .array(z.string().min(1, { error: 'expected a value that is not empty' }))
  .min(1, { error: 'expected at least one value' })
  .exactOptional();

const address = /^(\d{1,3}(\.\d{1,3}){3}(\/(\d|[12]\d|3[0-2]))?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(\/\d{1,3})?)$/;

export const addresses = z
  .array(z.string().regex(address, { error: 'expected an address such as `10.0.0.1` or `10.0.0.0/8`' }))
  .min(1, { error: 'expected at least one address' })
  .exactOptional();

const portText = z.string().refine((text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535, {
  error: 'expected a port number in quotes, such as "9080"',
});

/** Port numbers as text, of the pod and not of the Service. */
export const ports = z.array(portText).min(1, { error: 'expected at least one port' }).exactOptional();

/** Whether an object says anything at all: Istio refuses an empty source or operation. */
export function isFilled(object: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(object).length > 0;
}
