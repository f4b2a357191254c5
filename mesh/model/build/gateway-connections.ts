import { connectionRoutes } from '#mesh/model/build/connections.ts';
import {
  commonHosts,
  type DeclaredServer,
  gatewayKey,
  hostPart,
  toTls,
} from '#mesh/model/build/gateway-server.ts';
import { intersectHosts } from '#mesh/model/build/hosts.ts';
import { gatewayNames, type VirtualService } from '#mesh/model/build/routes.ts';
import type { ConnectionRoute } from '#mesh/model/connection.ts';
import type { GatewayConnections } from '#mesh/model/gateway.ts';
import type { Service } from '#mesh/model/service.ts';

export interface GatewayConnectionsOptions {
  readonly declared: DeclaredServer;
  readonly virtualServices: readonly VirtualService[];
  readonly services: readonly Service[];
  /** The gateway's own, in which its Secrets are looked up. */
  readonly namespace: string;
}

/**
 * What a server passes on as bytes: rules for `tls` where it leaves TLS as it is, those for `tcp` of everything else, also
 * of TLS that it ends itself.
 */
export function gatewayConnections(options: GatewayConnectionsOptions): GatewayConnections {
  const { declared, virtualServices, namespace } = options;
  const [tls] = toTls(declared.server, namespace);
  return {
    hosts: declared.server.hosts.map(hostPart),
    ...(tls && { tls }),
    routes: virtualServices.flatMap((service) => routesAt(service, options)),
  };
}

function routesAt(
  service: VirtualService,
  { declared, services }: GatewayConnectionsOptions,
): ConnectionRoute[] {
  const gateway = gatewayKey(declared.gateway);
  const isBound = gatewayNames(service.spec.gateways, service).includes(gateway);
  const hosts = isBound ? commonHosts(declared, service) : [];
  if (hosts.length === 0) return [];
  const scope = { port: declared.server.port.number, services, gateway };
  return declared.server.tls?.mode === 'PASSTHROUGH'
    ? connectionRoutes(service, 'tls', scope).flatMap((route) => withCommonNames(route, hosts))
    : connectionRoutes(service, 'tcp', scope);
}

/** A route for the names that the server takes as well, if there are any. */
function withCommonNames(route: ConnectionRoute, hosts: readonly string[]): ConnectionRoute[] {
  const { serverNames = [] } = route;
  const common = serverNames.flatMap((name) => hosts.flatMap((host) => intersectHosts(host, name) ?? []));
  return common.length === 0 ? [] : [{ ...route, serverNames: [...new Set(common)] }];
}
