import { z } from 'zod';
import { fields, labels } from '#mesh/istiod/config/schema/fields.ts';

/** Pods by their labels; without labels every pod in scope. */
export const workloadSelector = z.object({ matchLabels: labels });

const noWaypoints =
  'the resource then holds for nothing, because the laptop has no waypoints; use `selector`';

const target = fields({
  supported: {
    group: z.string().default(''),
    kind: z.string(),
    name: z.string(),
  },
  unsupported: { namespace: 'a target is in the namespace of the resource' },
  unsupportedValues: {
    kind: { Service: noWaypoints, ServiceEntry: noWaypoints, GatewayClass: noWaypoints },
  },
});

export type Target = z.infer<typeof target>;

/** What a policy is attached to, in place of a selector: Gateways of Gateway API. `targetRef` is the older of the two. */
export const targets = { targetRef: target.exactOptional(), targetRefs: z.array(target).exactOptional() };

/** Why the field `targetRefs` of a patch is not carried out. */
export const noTargets = 'the resource then holds for nothing; use `workloadSelector`';
