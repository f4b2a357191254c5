import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { securityVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { jwtRule } from '#mesh/schema/istio/request-authentication/jwt-rule.ts';
import { noTargets, targetShapes, workloadSelector } from '#mesh/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/schema/metadata.ts';

/** https://istio.io/latest/docs/reference/config/security/request_authentication/ */
export const requestAuthentication = fields({
  supported: {
    apiVersion: securityVersion,
    kind: z.literal('RequestAuthentication'),
    metadata,
    spec: fields({
      supported: {
        selector: workloadSelector.exactOptional(),
        jwtRules: z.array(jwtRule).default([]),
      },
      unsupported: { targetRef: noTargets, targetRefs: noTargets },
      shapes: targetShapes,
    }).default({ jwtRules: [] }),
  },
  harmless: writtenByIstio,
});
