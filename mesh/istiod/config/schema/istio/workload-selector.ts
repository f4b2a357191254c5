import { z } from 'zod';
import { labels } from '#mesh/istiod/config/schema/fields.ts';

/** Pods by their labels; without labels every pod in scope. */
export const workloadSelector = z.object({ matchLabels: labels });

/** Why the fields `targetRef` and `targetRefs` of a policy are not carried out. */
export const noTargets =
  'the resource then holds for nothing: the laptop has no waypoints and no Gateway API; use `selector`';
