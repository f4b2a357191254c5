import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import {
  type Attachment,
  type Attachments,
  commonHosts,
} from '#mesh/istiod/config/gateway-api/attachment.ts';
import { inOrder, type RankedRoute } from '#mesh/istiod/config/gateway-api/matches.ts';
import type { GatewayApiObjects } from '#mesh/istiod/config/gateway-api/objects.ts';
import { routesOfRules } from '#mesh/istiod/config/gateway-api/rules.ts';
import { connectionRoutes } from '#mesh/istiod/config/gateway-api/servers.ts';
import type { Route, VirtualHost } from '#mesh/istiod/model/route.ts';
import type { ConnectionHost } from '#mesh/istiod/model/traffic-policy.ts';

/**
 * Routes whose parent is a Service, by that Service's hosts and ports: those of the Service's own namespace are for every caller, those of
 * another one for the callers there, and for these they replace the first.
 */
export function meshRoutes({ routes }: Attachments, objects: GatewayApiObjects): VirtualHost[] {
  const attached = routes.flatMap((attachment) => {
    if (attachment.kind !== 'HTTPRoute' && attachment.kind !== 'GRPCRoute') return [];
    return attachment.parents.flatMap((parent) =>
      parent.kind === 'Service' ? parent.ports.map((port) => ({ attachment, parent, port })) : [],
    );
  });
  const byPort = Map.groupBy(attached, ({ parent, port }) => `${parent.namespace}/${parent.name}:${port}`);
  return [...byPort.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { name, namespace } = first.parent;
    const all = [...new Set(same.map(({ attachment }) => attachment))];
    return [
      {
        host: serviceHost(name, namespace),
        port: first.port,
        routes: routesAt(all, { namespace, port: first.port, objects }),
      },
    ];
  });
}

/**
 * TCPRoutes and TLSRoutes whose parent is a Service, by that Service's hosts and ports. Those of another namespace come first, as they are
 * for the callers there alone.
 */
export function meshConnections({ routes }: Attachments, objects: GatewayApiObjects): ConnectionHost[] {
  const attached = routes.flatMap((attachment) => {
    if (attachment.kind !== 'TCPRoute' && attachment.kind !== 'TLSRoute') return [];
    const { namespace = '' } = attachment.route.metadata;
    return attachment.parents.flatMap((parent) => {
      if (parent.kind !== 'Service') return [];
      const names = attachment.kind === 'TLSRoute' ? commonHosts(undefined, attachment.route) : undefined;
      const own = connectionRoutes(attachment, { names, objects });
      const isConsumers = namespace !== parent.namespace;
      return parent.ports.map((port) => ({
        ...{ host: serviceHost(parent.name, parent.namespace), port, isConsumers },
        routes: isConsumers ? own.map((route) => ({ ...route, sourceNamespace: namespace })) : own,
      }));
    });
  });
  const byPort = Map.groupBy(attached, ({ host, port }) => `${host}:${port}`);
  return [...byPort.values()].flatMap((same) => {
    const [first] = same;
    const ordered = [...same].sort((one, other) => Number(other.isConsumers) - Number(one.isConsumers));
    return first
      ? [{ host: first.host, port: first.port, routes: ordered.flatMap((one) => one.routes) }]
      : [];
  });
}

interface At {
  /** The Service's. */
  readonly namespace: string;
  readonly port: number;
  readonly objects: GatewayApiObjects;
}

function routesAt(attachments: readonly Attachment[], { namespace, port, objects }: At): Route[] {
  const ofNamespace = Map.groupBy(attachments, ({ route }) => route.metadata.namespace ?? '');
  const rules = (of: readonly Attachment[]): RankedRoute[] =>
    of.flatMap((one) => routesOfRules(one, { port, secure: false }, objects));
  const consumers = [...ofNamespace].filter(([consumer]) => consumer !== namespace);
  return [
    ...consumers.flatMap(([consumer, of]) =>
      [...inOrder(rules(of)), ...unmatched(of)].map(forCallersIn(consumer)),
    ),
    ...inOrder(rules(ofNamespace.get(namespace) ?? [])),
  ];
}

function forCallersIn(namespace: string) {
  return (route: Route): Route => ({ ...route, match: { ...route.match, sourceNamespace: namespace } });
}

/** If a caller's namespace has its own routes, the others do not apply. */
function unmatched(attachments: readonly Attachment[]): Route[] {
  const [first] = attachments;
  if (!first) return [];
  const { kind, route } = first;
  const { name, namespace = '' } = route.metadata;
  const origin = {
    kind,
    name,
    namespace,
    position: { file: `${kind} ${namespace}/${name}`, line: 0, column: 0 },
  };
  return [{ name: 'unmatched', match: {}, action: { kind: 'direct-response', status: 404 }, origin }];
}
