import { z } from 'zod';
import { fields, labels } from '#mesh/istiod/config/schema/fields.ts';
import { podSpec } from '#mesh/istiod/config/schema/kubernetes/pod-spec.ts';
import { metadata, templateMetadata } from '#mesh/istiod/config/schema/metadata.ts';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
const labelSelector = fields({
  supported: { matchLabels: labels, matchExpressions: z.unknown().optional() },
});

/** What the API server has checked and the Deployment's controller carries out: istiod has no use for it. */
const forController = z.unknown().optional();

const strategy = fields({
  supported: {
    type: z.enum(['RollingUpdate', 'Recreate']).default('RollingUpdate'),
    rollingUpdate: fields({
      supported: { maxSurge: forController, maxUnavailable: forController },
    }).optional(),
  },
});

const spec = fields({
  supported: {
    minReadySeconds: forController,
    paused: z.boolean().optional(),
    progressDeadlineSeconds: forController,
    replicas: z.int().min(0).default(1),
    revisionHistoryLimit: forController,
    selector: labelSelector,
    strategy: strategy.default({ type: 'RollingUpdate' }),
    template: fields({
      supported: { metadata: templateMetadata.default({ labels: {}, annotations: {} }), spec: podSpec },
    }),
  },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ */
export const deployment = fields({
  supported: { apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), metadata, spec },
  harmless: { status: 'written by the API server' },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
export const pod = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('Pod'), metadata, spec: podSpec },
  harmless: { status: 'written by the API server' },
});
