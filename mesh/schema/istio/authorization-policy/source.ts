import { z } from 'zod';
import { addresses, isFilled, values } from '#mesh/schema/istio/authorization-policy/values.ts';

/** Who calls: all conditions of one source hold together, the values of one condition are alternatives. */
export const source = z
  .strictObject({
    /** `cluster.local/ns/NAMESPACE/sa/ACCOUNT`, without `spiffe://`. */
    principals: values,
    notPrincipals: values,
    /** Of a JSON web token: `ISSUER/SUBJECT`. */
    requestPrincipals: values,
    notRequestPrincipals: values,
    namespaces: values,
    notNamespaces: values,
    /** `ACCOUNT` in the policy's own namespace, or `NAMESPACE/ACCOUNT`. */
    serviceAccounts: values,
    notServiceAccounts: values,
    ipBlocks: addresses,
    notIpBlocks: addresses,
    remoteIpBlocks: addresses,
    notRemoteIpBlocks: addresses,
  })
  .refine(isFilled, { error: 'expected a condition, such as `principals`' })
  .refine((one) => !(one.serviceAccounts && (one.principals || one.namespaces)), {
    error: 'expected `serviceAccounts` without `principals` and `namespaces`',
  });

export type Source = z.infer<typeof source>;
