import { type Attachment, CONTROLLER, CONTROLLERS } from '#mesh/istiod/config/gateway-api/attachment.ts';
import {
  gatewaysOf,
  type JudgedPolicy,
  judgedPolicies,
} from '#mesh/istiod/config/gateway-api/backend-tls.ts';
import { condition } from '#mesh/istiod/config/gateway-api/condition.ts';
import type { WantedStatus } from '#mesh/istiod/config/gateway-api/gateway-status.ts';
import {
  type BackendTlsPolicy,
  type Condition,
  type GatewayApiObjects,
  GROUP,
} from '#mesh/istiod/config/gateway-api/objects.ts';

interface Judged {
  readonly objects: GatewayApiObjects;
  readonly routes: readonly Attachment[];
}

const own: ReadonlySet<string> = new Set(Object.values(CONTROLLERS));

/** The status of each BackendTLSPolicy: for its targets in the mesh, and for the Gateways whose routes lead there. */
export function policyStatuses({ objects, routes }: Judged): WantedStatus[] {
  const byPolicy = Map.groupBy(judgedPolicies(objects), ({ policy }) => policy);
  return [...byPolicy].map(([policy, judged]) => ({
    resource: `backendtlspolicies.${GROUP}`,
    object: policy,
    status: {
      ancestors: [...othersOf(policy), ...judged.flatMap((one) => ancestorsOf(one, routes))].slice(0, most),
    },
  }));
}

/** The definition allows no more. */
const most = 16;

function othersOf({ status }: BackendTlsPolicy): readonly { readonly controllerName: string }[] {
  const known = (status?.['ancestors'] ?? []) as readonly { readonly controllerName: string }[];
  return known.filter(({ controllerName }) => !own.has(controllerName));
}

function ancestorsOf(judged: JudgedPolicy, routes: readonly Attachment[]) {
  const { policy, target } = judged;
  const { namespace } = policy.metadata;
  const conditions = conditionsOf(judged);
  const { group = '', kind = '', name, sectionName } = target;
  const gateways = gatewaysOf(`${namespace}/${name}`, routes).map(({ metadata }) => ({
    ancestorRef: { group: GROUP, kind: 'Gateway', namespace: metadata.namespace, name: metadata.name },
    ...{ controllerName: CONTROLLER, conditions },
  }));
  const inMesh = {
    ancestorRef: { group, kind, name, ...(sectionName !== undefined && { sectionName }) },
    ...{ controllerName: CONTROLLERS['istio-waypoint'], conditions },
  };
  return [...gateways, inMesh];
}

function conditionsOf({ policy, refused, unresolved }: JudgedPolicy): readonly Condition[] {
  const of = (type: string, problem: JudgedPolicy['refused'], message: string) =>
    problem
      ? condition(policy, { type, status: 'False', ...problem })
      : condition(policy, { type, reason: type, message });
  return [
    of('Accepted', refused, 'the policy is followed'),
    of('ResolvedRefs', unresolved, 'all references are followed'),
  ];
}
