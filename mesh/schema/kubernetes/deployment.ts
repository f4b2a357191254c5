import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { labelSelector } from '#mesh/schema/kubernetes/label-selector.ts';
import { podSpec } from '#mesh/schema/kubernetes/pod-spec.ts';
import { metadata, templateMetadata } from '#mesh/schema/metadata.ts';

const countOrPercent = z.union([z.int().min(0), z.string().regex(/^\d+%$/)], {
  error: 'expected a count such as `1` or a percentage such as `25%`',
});

const rolling = 'new pods are ready before old ones end';

const strategy = fields({
  supported: { type: z.enum(['RollingUpdate', 'Recreate']).default('RollingUpdate') },
  harmless: { rollingUpdate: rolling },
  shapes: {
    rollingUpdate: z.strictObject({
      maxSurge: countOrPercent.optional(),
      maxUnavailable: countOrPercent.optional(),
    }),
  },
});

const spec = fields({
  supported: {
    replicas: z.int().min(0).default(1),
    selector: labelSelector,
    strategy: strategy.default({ type: 'RollingUpdate' }),
    template: fields({
      supported: { metadata: templateMetadata.default({ labels: {}, annotations: {} }), spec: podSpec },
    }),
  },
  harmless: {
    minReadySeconds: rolling,
    progressDeadlineSeconds: rolling,
    revisionHistoryLimit: 'the laptop keeps no old revisions',
  },
  unsupported: { paused: 'changes take effect at once' },
  shapes: {
    minReadySeconds: z.int(),
    progressDeadlineSeconds: z.int(),
    revisionHistoryLimit: z.int(),
  },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ */
export const deployment = fields({
  supported: { apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), metadata, spec },
  harmless: { status: 'written by the API server' },
});
