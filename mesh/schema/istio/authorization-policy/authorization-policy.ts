import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { securityVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { condition } from '#mesh/schema/istio/authorization-policy/condition.ts';
import { operation } from '#mesh/schema/istio/authorization-policy/operation.ts';
import { source } from '#mesh/schema/istio/authorization-policy/source.ts';
import { noTargets, targetShapes, workloadSelector } from '#mesh/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/schema/metadata.ts';

const notEmpty = { error: 'expected at least one entry; leave the field out to mean everything' };

/** Without any field it takes every request. */
const rule = z.strictObject({
  from: z.array(z.strictObject({ source })).min(1, notEmpty).exactOptional(),
  to: z.array(z.strictObject({ operation })).min(1, notEmpty).exactOptional(),
  when: z.array(condition).min(1, notEmpty).exactOptional(),
});

const noAuthorizer = 'the laptop has no external authorizers; such a policy is left out';

/** https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export const authorizationPolicy = fields({
  supported: {
    apiVersion: securityVersion,
    kind: z.literal('AuthorizationPolicy'),
    metadata,
    spec: fields({
      supported: {
        selector: workloadSelector.exactOptional(),
        action: z.enum(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']).default('ALLOW'),
        /** None: the policy takes no request, so ALLOW without rules allows nothing. */
        rules: z.array(rule).default([]),
      },
      unsupportedValues: { action: { CUSTOM: noAuthorizer } },
      unsupported: { provider: noAuthorizer, targetRef: noTargets, targetRefs: noTargets },
      shapes: { ...targetShapes, provider: z.strictObject({ name: z.string().min(1) }) },
    }).default({ action: 'ALLOW', rules: [] }),
  },
  harmless: writtenByIstio,
});
