import { z } from 'zod';
import { values } from '#mesh/schema/istio/authorization-policy/values.ts';

const KEYS = [
  ...['source.ip', 'remote.ip', 'source.namespace', 'source.principal', 'source.serviceAccount'],
  ...['request.auth.principal', 'request.auth.audiences', 'request.auth.presenter'],
  ...['destination.ip', 'destination.port', 'connection.sni'],
];
const WITH_NAME = /^request\.(headers\[[^\][]+\]|auth\.claims(\[[^\][]+\])+)$/;

/** https://istio.io/latest/docs/reference/config/security/conditions/ */
export const condition = z
  .strictObject({
    key: z.string().refine((key) => KEYS.includes(key) || WITH_NAME.test(key), {
      error: `expected one of ${KEYS.join(', ')}, request.headers[NAME] and request.auth.claims[NAME]`,
    }),
    values,
    notValues: values,
  })
  .refine((one) => one.values !== undefined || one.notValues !== undefined, {
    error: 'expected `values` or `notValues`',
  });

export type Condition = z.infer<typeof condition>;
