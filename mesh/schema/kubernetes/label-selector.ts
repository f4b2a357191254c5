import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { labels, strings } from '#mesh/schema/scalars.ts';

const expression = z.strictObject({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: strings,
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export const labelSelector = fields({
  supported: { matchLabels: labels },
  harmless: { matchExpressions: 'a Deployment on the laptop knows its pods without looking for them' },
  shapes: { matchExpressions: z.array(expression) },
});

export type LabelSelector = z.infer<typeof labelSelector>;
