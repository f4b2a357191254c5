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

const template = fields({
  supported: { metadata: templateMetadata.default({ labels: {}, annotations: {} }), spec: podSpec },
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
    template,
  },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ */
export const deployment = fields({
  supported: { apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), metadata, spec },
  harmless: { status: 'written by the API server' },
});

const claimsStay = 'claims stay until you delete them';

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/ */
export const statefulSet = fields({
  supported: {
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('StatefulSet'),
    metadata,
    spec: fields({
      supported: {
        minReadySeconds: forController,
        ordinals: forController,
        persistentVolumeClaimRetentionPolicy: fields({
          supported: { whenDeleted: forController, whenScaled: forController },
          unsupportedValues: { whenDeleted: { Delete: claimsStay }, whenScaled: { Delete: claimsStay } },
        }).optional(),
        podManagementPolicy: forController,
        replicas: forController,
        revisionHistoryLimit: forController,
        selector: labelSelector,
        serviceName: forController,
        template,
        updateStrategy: forController,
        volumeClaimTemplates: forController,
      },
    }),
  },
  harmless: { status: 'written by the API server' },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/ */
export const daemonSet = fields({
  supported: {
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('DaemonSet'),
    metadata,
    spec: fields({
      supported: {
        minReadySeconds: forController,
        revisionHistoryLimit: forController,
        selector: labelSelector,
        template,
        updateStrategy: forController,
      },
    }),
  },
  harmless: { status: 'written by the API server' },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ */
export const job = fields({
  supported: {
    apiVersion: z.literal('batch/v1'),
    kind: z.literal('Job'),
    metadata,
    spec: fields({
      supported: {
        activeDeadlineSeconds: forController,
        backoffLimit: forController,
        completionMode: forController,
        completions: forController,
        manualSelector: forController,
        parallelism: forController,
        podReplacementPolicy: forController,
        selector: forController,
        suspend: forController,
        template,
        ttlSecondsAfterFinished: forController,
      },
      unsupported: {
        backoffLimitPerIndex: 'every failure counts towards `backoffLimit`',
        managedBy: "the laptop's own controller runs every Job",
        maxFailedIndexes: 'every failure counts towards `backoffLimit`',
        podFailurePolicy: 'every failure counts towards `backoffLimit`',
        successPolicy: 'all completions are awaited',
      },
    }),
  },
  harmless: { status: 'written by the API server' },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
export const pod = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('Pod'), metadata, spec: podSpec },
  harmless: { status: 'written by the API server' },
});
