import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { metadata } from '#mesh/schema/metadata.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/ */
export const namespace = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('Namespace'), metadata },
  harmless: { spec: 'finalizers have nothing to wait for', status: 'written by the API server' },
});
