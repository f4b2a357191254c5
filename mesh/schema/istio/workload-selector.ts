import { z } from 'zod';
import { labels } from '#mesh/schema/scalars.ts';

/** Pods by their labels; without labels every pod in scope. */
export const workloadSelector = z.strictObject({ matchLabels: labels });

/** Why the fields `targetRef` and `targetRefs` of a policy are not carried out. */
export const noTargets =
  'the resource then holds for nothing: the laptop has no waypoints and no Gateway API; use `selector`';

const targetRef = z.strictObject({
  group: z.string().optional(),
  kind: z.string().min(1),
  name: z.string().min(1),
  namespace: z.string().optional(),
});

export const targetShapes = { targetRef, targetRefs: z.array(targetRef) };
