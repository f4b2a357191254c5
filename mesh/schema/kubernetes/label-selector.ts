import { z } from 'zod';
import { labels, strings } from '#mesh/schema/scalars.ts';

const expression = z.strictObject({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: strings,
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export const labelSelector = z.strictObject({
  matchLabels: labels,
  matchExpressions: z.array(expression).default([]),
});

export type LabelSelector = z.infer<typeof labelSelector>;
