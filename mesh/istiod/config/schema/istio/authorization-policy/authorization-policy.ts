import { z } from 'zod';
import { fields } from '#mesh/istiod/config/schema/fields.ts';
import { securityVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { targets, workloadSelector } from '#mesh/istiod/config/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

/** Exact, `prefix*`, `*suffix`, or `*` for presence. */
const values = z.array(z.string()).exactOptional();

/** `10.0.0.1` or `10.0.0.0/8`. */
const addresses = values;

/** Port numbers as text, of the pod and not of the Service. */
const ports = values;

/** A list that is empty says nothing, as one that is not there. */
function filled<T extends Readonly<Record<string, unknown>>>(object: T): T {
  const members = Object.entries(object).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  return Object.fromEntries(members) as T;
}

/** Who calls: all conditions of one source hold together, the values of one condition are alternatives. */
const source = z
  .object({
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
    trustDomains: values,
    notTrustDomains: values,
  })
  .transform(filled);

export type Source = z.infer<typeof source>;

/** Exact, with `*` at one end, or a template: `{*}` is one segment, `{**}` any number of them. */
const paths = values;

/** The conditions: all must hold; the values of one condition are alternatives. */
const operation = z
  .object({
    hosts: values,
    notHosts: values,
    ports,
    notPorts: ports,
    methods: values,
    notMethods: values,
    paths,
    notPaths: paths,
  })
  .transform(filled);

export type Operation = z.infer<typeof operation>;

/** https://istio.io/latest/docs/reference/config/security/conditions/ */
const condition = z.object({ key: z.string(), values, notValues: values }).transform(filled);

export type Condition = z.infer<typeof condition>;

/** Without any field it takes every request. */
const rule = z
  .object({
    from: z.array(z.object({ source })).exactOptional(),
    to: z.array(z.object({ operation })).exactOptional(),
    when: z.array(condition).exactOptional(),
  })
  .transform(filled);

/** https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export const authorizationPolicy = fields({
  supported: {
    apiVersion: securityVersion,
    kind: z.literal('AuthorizationPolicy'),
    metadata,
    spec: fields({
      supported: {
        selector: workloadSelector.exactOptional(),
        ...targets,
        action: z.enum(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']).default('ALLOW'),
        /** For CUSTOM: who decides, one of the mesh configuration's `extensionProviders`. */
        provider: z.object({ name: z.string() }).exactOptional(),
        /** None: the policy takes no request, so ALLOW without rules allows nothing. */
        rules: z.array(rule).default([]),
      },
    }).default({ action: 'ALLOW', rules: [] }),
  },
  harmless: writtenByIstio,
});
