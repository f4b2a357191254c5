import { toDestinations } from '#mesh/model/build/forward.ts';
import { ruleKindOf } from '#mesh/model/build/protocol.ts';
import {
  applies,
  gatewayNames,
  MESH_GATEWAY,
  type RouteScope,
  ruleOrigin,
  serviceOrigin,
  type VirtualService,
} from '#mesh/model/build/routes.ts';
import { mostSpecific } from '#mesh/model/build/virtual-hosts.ts';
import type { ConnectionHost, ConnectionRoute } from '#mesh/model/connection.ts';
import type { Service } from '#mesh/model/service.ts';

type TcpMatch = VirtualService['spec']['tcp'][number]['match'][number];
type TlsMatch = VirtualService['spec']['tls'][number]['match'][number];
type ConnectionRules = 'tcp' | 'tls';

/** Where sidecars send connections: each port that is no HTTP, by the VirtualService with the most specific host. */
export function meshConnections(
  virtualServices: readonly VirtualService[],
  services: readonly Service[],
): ConnectionHost[] {
  const inMesh = virtualServices.filter((service) =>
    gatewayNames(service.spec.gateways, service).includes(MESH_GATEWAY),
  );
  return services.flatMap((service) =>
    service.ports.flatMap(({ number: port, protocol }) => {
      const rules = ruleKindOf(protocol);
      if (rules === 'http') return [];
      const deciding = mostSpecific(inMesh, service.host, rules);
      const scope = { port, services, gateway: MESH_GATEWAY };
      const routes = deciding ? connectionRoutes(deciding, rules, scope) : [];
      return [{ host: service.host, port, routes: [...routes, defaultConnection(service, port)] }];
    }),
  );
}

/** A VirtualService's rules of one kind as routes, one for each match, in their order. */
export function connectionRoutes(
  service: VirtualService,
  rules: ConnectionRules,
  scope: RouteScope,
): ConnectionRoute[] {
  return service.spec[rules].flatMap(({ match, route }, index) => {
    const decided = {
      destinations: toDestinations(route, { namespace: service.metadata.namespace, ...scope }),
      origin: ruleOrigin(service, [rules, index]),
    };
    const matches: readonly (TcpMatch | TlsMatch)[] = match;
    return matches.length === 0
      ? [decided]
      : matches
          .filter((one) => applies(one, service, scope))
          .map((one) => ({ ...conditions(one), ...decided }));
  });
}

function conditions(match: TcpMatch | TlsMatch): Omit<ConnectionRoute, 'destinations' | 'origin'> {
  const { sourceLabels, sourceNamespace } = match;
  return {
    ...('sniHosts' in match && { serverNames: match.sniHosts }),
    ...(Object.keys(sourceLabels).length > 0 && { sourceLabels }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
  };
}

function defaultConnection(service: Service, port: number): ConnectionRoute {
  return { destinations: [{ host: service.host, port, weight: 100 }], origin: serviceOrigin(service) };
}
