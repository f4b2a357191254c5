import {
  type Attachment,
  attach,
  CONTROLLER,
  CONTROLLERS,
  type Parent,
} from '#mesh/istiod/config/gateway-api/attachment.ts';
import { condition } from '#mesh/istiod/config/gateway-api/condition.ts';
import {
  type Deployed,
  gatewayStatus,
  listenerSetStatus,
  type WantedStatus,
} from '#mesh/istiod/config/gateway-api/gateway-status.ts';
import { parentOf } from '#mesh/istiod/config/gateway-api/listeners.ts';
import { matchProblem } from '#mesh/istiod/config/gateway-api/matches.ts';
import {
  type Condition,
  type Filter,
  type GatewayApiObjects,
  GROUP,
  type HttpRule,
  nameOf,
  type ParentReference,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { policyStatuses } from '#mesh/istiod/config/gateway-api/policy-status.ts';
import { resolveBackend } from '#mesh/istiod/config/gateway-api/references.ts';
import { referrerOf, supportedFilters } from '#mesh/istiod/config/gateway-api/rules.ts';
import { supportedFeatures } from '#mesh/istiod/config/gateway-api/supported-features.ts';

const resources = {
  HTTPRoute: 'httproutes',
  GRPCRoute: 'grpcroutes',
  TLSRoute: 'tlsroutes',
  TCPRoute: 'tcproutes',
} as const;

/** The status of every object of Gateway API that this mesh answers for. @param deployed by `namespace/name` */
export function statusesOf(
  objects: GatewayApiObjects,
  deployed: ReadonlyMap<string, Deployed>,
): WantedStatus[] {
  const attachments = attach(objects);
  const { routes: all } = attachments;
  const gateways = attachments.gateways.flatMap(({ gateway, listeners }) => {
    const judged = { gateway, listeners, routes: all, objects };
    const sets = objects.listenerSets.filter((set) => parentOf(set) === nameOf(gateway));
    return [
      { resource: `gateways.${GROUP}`, object: gateway, status: gatewayStatus({ ...judged, deployed }) },
      ...sets.map((set) => ({
        ...{ resource: `listenersets.${GROUP}`, object: set, status: listenerSetStatus(set, judged) },
      })),
    ];
  });
  const routes = all.map((attachment) => ({
    resource: `${resources[attachment.kind]}.${GROUP}`,
    object: attachment.route,
    status: routeStatus(attachment, objects),
  }));
  return [...classStatuses(objects), ...gateways, ...routes, ...policyStatuses({ objects, routes: all })];
}

const controllers: ReadonlySet<string> = new Set(Object.values(CONTROLLERS));

function classStatuses({ classes }: GatewayApiObjects): WantedStatus[] {
  return classes
    .filter(({ spec }) => controllers.has(spec.controllerName))
    .map((object) => ({
      resource: `gatewayclasses.${GROUP}`,
      object,
      status: {
        conditions: [
          condition(object, { type: 'Accepted', reason: 'Accepted', message: 'the mesh has this class' }),
        ],
        supportedFeatures: supportedFeatures.map((name) => ({ name })),
      },
    }));
}

/** A route's parents of this mesh, after those that other controllers answer for. */
function routeStatus(attachment: Attachment, objects: GatewayApiObjects) {
  const { route, parents } = attachment;
  const others = ((route.status?.['parents'] ?? []) as readonly { readonly controllerName: string }[]).filter(
    ({ controllerName }) => controllerName !== CONTROLLER,
  );
  const resolved = resolvedRefs(attachment, objects);
  return {
    parents: [
      ...others,
      ...parents.map((parent) => ({
        parentRef: parent.reference satisfies ParentReference,
        controllerName: CONTROLLER,
        conditions: [accepted(attachment, parent), resolved],
      })),
    ],
  };
}

function accepted({ kind, route }: Attachment, { refused }: Parent): Condition {
  const rules = (route.spec.rules ?? []) as readonly HttpRule[];
  const why = refused ?? unsupportedMatch(kind, rules) ?? unsupportedFilter(rules);
  return why
    ? condition(route, { type: 'Accepted', status: 'False', ...why })
    : condition(route, { type: 'Accepted', reason: 'Accepted', message: 'the mesh follows the route' });
}

function unsupportedMatch(kind: string, rules: readonly HttpRule[]) {
  const [message] = rules.flatMap(({ matches = [] }) => matchProblem(kind, matches) ?? []);
  return message === undefined ? undefined : { reason: 'UnsupportedValue', message };
}

function unsupportedFilter(rules: readonly HttpRule[]) {
  const found = rules.flatMap(({ filters = [] }) => filters).find(({ type }) => !supportedFilters.has(type));
  if (!found) return undefined;
  const message = `the mesh does not support filters of type ${found.type}: requests get 500`;
  return { reason: 'UnsupportedValue', message };
}

/** The first of a route's references that is not followed decides. */
function resolvedRefs(attachment: Attachment, objects: GatewayApiObjects): Condition {
  const { route } = attachment;
  const from = referrerOf(attachment);
  const rules = (route.spec.rules ?? []) as readonly HttpRule[];
  const mirrored = (filters: readonly Filter[] = []) =>
    filters.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
  const references = rules.flatMap(({ backendRefs = [], filters }) => [...backendRefs, ...mirrored(filters)]);
  for (const reference of references) {
    const resolved = resolveBackend(reference, from, objects);
    if ('problem' in resolved)
      return condition(route, { type: 'ResolvedRefs', status: 'False', ...resolved.problem });
  }
  const message = 'all references were found';
  return condition(route, { type: 'ResolvedRefs', reason: 'ResolvedRefs', message });
}
