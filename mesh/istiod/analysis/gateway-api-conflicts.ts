import type { Diagnostic } from '#mesh/diagnostic.ts';
import { diagnose } from '#mesh/istiod/analysis/rule.ts';
import { resolveHost, serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import {
  type Attachment,
  type Attachments,
  commonHosts,
  type Parent,
} from '#mesh/istiod/config/gateway-api/attachment.ts';
import { toMatches } from '#mesh/istiod/config/gateway-api/matches.ts';
import { type AnyRoute, type HttpRule, nameOf } from '#mesh/istiod/config/gateway-api/objects.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import { byAge, resourceTitle } from '#mesh/istiod/config/resources.ts';
import type { VirtualService } from '#mesh/istiod/config/schema/resource.ts';

/** What is wrong at a field of an object of Gateway API. Its code is the specification's reason, where there is one. */
export interface GatewayApiProblem {
  readonly path: YamlPath;
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

interface Shadowed {
  readonly route: AnyRoute;
  readonly problem: GatewayApiProblem;
}

/**
 * Rules that get no request, because an older route has the same matches at the same place: of two routes in conflict the specification
 * follows the older one, then the first by name.
 */
export function shadowedRules({ routes }: Pick<Attachments, 'routes'>): readonly Shadowed[] {
  const taken = new Map<string, { readonly route: AnyRoute; readonly rule: number }>();
  const ranks = new Map(byAge(routes.map(({ route }) => route)).map((route, rank) => [route, rank]));
  const rankOf = ({ route }: Attachment) => ranks.get(route) ?? 0;
  const oldestFirst = routes.toSorted((one, other) => rankOf(one) - rankOf(other));
  return oldestFirst.flatMap((attachment) => {
    const { route } = attachment;
    return (route.spec.rules ?? []).flatMap((_, rule) => {
      const keys = keysOf(attachment, rule);
      const [winner] = keys.flatMap((key) => taken.get(key) ?? []).filter((one) => one.route !== route);
      for (const key of keys) if (!taken.has(key)) taken.set(key, { route, rule });
      return winner ? [{ route, problem: conflict(rule, winner) }] : [];
    });
  });
}

/** VirtualServices and HTTPRoutes of the mesh about one host: rules of both kinds do not mix. */
export function mixedRules(
  virtualServices: readonly VirtualService[],
  { routes }: Pick<Attachments, 'routes'>,
): readonly Diagnostic[] {
  const routed = new Map(
    routes.flatMap(({ kind, route, parents }) =>
      kind === 'HTTPRoute' || kind === 'GRPCRoute'
        ? parents.flatMap((parent) =>
            parent.kind === 'Service' && !parent.refused
              ? [[serviceHost(parent.name, parent.namespace), route] as const]
              : [],
          )
        : [],
    ),
  );
  return virtualServices.flatMap((one) => {
    const { gateways, hosts } = one.spec;
    if (gateways.length > 0 && !gateways.includes('mesh')) return [];
    return hosts.flatMap((host, index) => {
      const route = routed.get(resolveHost(host, one.metadata.namespace));
      if (!route) return [];
      return [
        diagnose(one, ['spec', 'hosts', index], {
          severity: 'warning',
          code: 'M101-route-conflict',
          message: `host \`${host}\` is routed by ${resourceTitle(route)}, too: rules of both kinds do not mix, and on the laptop the ${route.kind} decides`,
          fix: 'delete one of them',
        }),
      ];
    });
  });
}

function conflict(
  rule: number,
  winner: { readonly route: AnyRoute; readonly rule: number },
): GatewayApiProblem {
  const other = resourceTitle(winner.route);
  return {
    path: ['spec', 'rules', rule],
    code: 'M101-route-conflict',
    message: `rule ${rule + 1} matches what rule ${winner.rule + 1} of ${other} matches, which is older and gets these requests`,
    fix: 'give one of them another match, or other hostnames',
  };
}

/** What a rule asks for, by the places at which it asks. */
function keysOf({ kind, route, parents }: Attachment, rule: number): readonly string[] {
  const places = parents.flatMap((parent) => (parent.refused ? [] : placesOf(route, parent)));
  const { matches = [] } = (route.spec.rules?.[rule] ?? {}) as HttpRule;
  const isRequests = kind === 'HTTPRoute' || kind === 'GRPCRoute';
  const wanted = isRequests ? toMatches(kind, matches).map((match) => JSON.stringify(match)) : [''];
  return places.flatMap((place) => wanted.map((match) => `${place} ${match}`));
}

function placesOf(route: AnyRoute, parent: Parent): readonly string[] {
  if (parent.kind === 'Gateway')
    return parent.listeners.flatMap(({ owner, spec }) =>
      commonHosts(spec.hostname, route).map((host) => `${owner.kind} ${nameOf(owner)} ${spec.name} ${host}`),
    );
  // A route in another namespace than the Service's is for the callers there alone.
  const { namespace } = route.metadata;
  return parent.ports.map((port) => `${parent.namespace}/${parent.name}:${port} from ${namespace}`);
}
