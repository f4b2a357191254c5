import { z } from 'zod';
import { fields, labels } from '#mesh/istiod/config/schema/fields.ts';
import { securityVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const mtls = z.object({ mode: z.enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']).default('UNSET') });

const portNumber = z.string().regex(/^[1-9]\d{0,4}$/, { error: 'expected a port number as the key' });

/** https://istio.io/latest/docs/reference/config/security/peer_authentication/ */
export const peerAuthentication = fields({
  supported: {
    apiVersion: securityVersion,
    kind: z.literal('PeerAuthentication'),
    metadata,
    spec: fields({
      supported: {
        selector: z.object({ matchLabels: labels }).exactOptional(),
        mtls: mtls.exactOptional(),
        /** By the workload's own port, not the Service's. */
        portLevelMtls: z.record(portNumber, mtls).default({}),
      },
    }).default({ portLevelMtls: {} }),
  },
  harmless: writtenByIstio,
});
