import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { metadata } from '#mesh/schema/metadata.ts';

const noServer = 'there is no API server to present a token to';

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/service-account-v1/ */
export const serviceAccount = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('ServiceAccount'), metadata },
  harmless: {
    automountServiceAccountToken: noServer,
    imagePullSecrets: 'images are not pulled',
    secrets: noServer,
  },
  shapes: { automountServiceAccountToken: z.boolean() },
});
