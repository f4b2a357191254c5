import { selects } from '#mesh/model/build/endpoints.ts';
import { gatewayConnections } from '#mesh/model/build/gateway-connections.ts';
import {
  commonHosts,
  type DeclaredServer,
  gatewayKey,
  isServed,
  passesOn,
  toTls,
} from '#mesh/model/build/gateway-server.ts';
import type { BuildInput, GatewayPlacement } from '#mesh/model/build/input.ts';
import { gatewayNames, isCatchAll, routesOf, type VirtualService } from '#mesh/model/build/routes.ts';
import type { GatewayServer, GatewayWorkload } from '#mesh/model/gateway.ts';
import type { VirtualHost } from '#mesh/model/route.ts';
import type { Service } from '#mesh/model/service.ts';

/** A gateway's Envoy with everything that Gateways and VirtualServices put on its ports. */
export function toGatewayWorkload(
  { ports, ...placement }: GatewayPlacement,
  input: BuildInput,
  services: readonly Service[],
): GatewayWorkload {
  const declared = serversFor(placement.labels, input);
  const virtualServices = input.resources.filter((resource) => resource.kind === 'VirtualService');
  const numbers = [...new Set(declared.map(({ server }) => server.port.number))].sort((a, b) => a - b);
  return {
    ...placement,
    servers: numbers.flatMap((port) => {
      const localPort = ports[port];
      const atPort = declared.filter(({ server }) => server.port.number === port);
      return localPort === undefined
        ? []
        : [toServer({ port, localPort, atPort, virtualServices, services, namespace: placement.namespace })];
    }),
  };
}

/** All servers of the Gateways that select a workload with these labels; an empty selector selects every gateway. */
function serversFor(
  labels: GatewayPlacement['labels'],
  input: Pick<BuildInput, 'resources'>,
): DeclaredServer[] {
  return input.resources
    .filter((resource) => resource.kind === 'Gateway')
    .filter((gateway) => selects(gateway.spec.selector, labels))
    .flatMap((gateway) => gateway.spec.servers.map((server, index) => ({ gateway, server, index })))
    .filter(({ server }) => isServed(server));
}

/** The declared ports that a gateway with these labels must open, for the runner to find local ones. */
export function declaredGatewayPorts(
  labels: GatewayPlacement['labels'],
  input: Pick<BuildInput, 'resources'>,
): number[] {
  const servers = serversFor(labels, input);
  return [...new Set(servers.map(({ server }) => server.port.number))];
}

interface Port {
  readonly port: number;
  readonly localPort: number;
  readonly atPort: readonly DeclaredServer[];
  readonly virtualServices: readonly VirtualService[];
  readonly services: readonly Service[];
  /** The gateway's own, in which its Secrets are looked up. */
  readonly namespace: string;
}

function toServer({ port, localPort, atPort, virtualServices, services, namespace }: Port): GatewayServer {
  const routing = atPort.filter(({ server }) => !passesOn(server));
  return {
    port,
    localPort,
    protocol: protocolOf(routing),
    tls: routing.flatMap(({ server }) => toTls(server, namespace)),
    httpsRedirect: routing.some(({ server }) => server.tls?.httpsRedirect === true),
    virtualHosts: mergeByHost(
      port,
      routing.flatMap((declared) =>
        virtualServices.flatMap((service) => virtualHosts({ service, declared, services })),
      ),
    ),
    connections: atPort
      .filter(({ server }) => passesOn(server))
      .map((declared) => gatewayConnections({ declared, virtualServices, services, namespace })),
    sources: atPort.map(({ gateway, index }) => gateway.document.at(['spec', 'servers', index])),
  };
}

function protocolOf(routing: readonly DeclaredServer[]): GatewayServer['protocol'] {
  if (routing.length === 0) return 'TCP';
  return routing.some(({ server }) => server.port.protocol === 'HTTPS') ? 'HTTPS' : 'HTTP';
}

interface ServiceAtServer {
  readonly service: VirtualService;
  readonly declared: DeclaredServer;
  readonly services: readonly Service[];
}

/** A VirtualService's part of one server: the hosts that both name, if it is bound to the server's Gateway at all. */
function virtualHosts({ service, declared: { gateway, server }, services }: ServiceAtServer): VirtualHost[] {
  const name = gatewayKey(gateway);
  if (!gatewayNames(service.spec.gateways, service).includes(name)) return [];
  const port = server.port.number;
  const routes = routesOf(service, { port, services, gateway: name });
  const hosts = commonHosts({ gateway, server }, service);
  return routes.length === 0 ? [] : [...new Set(hosts)].map((host) => ({ host, port, routes }));
}

/**
 * Servers with a host in common share its rules: the older Gateway's before the younger's, each Gateway's by the age of their
 * VirtualServices. Those for every request come last, as in Istio, so that none hides what was created after it.
 */
function mergeByHost(port: number, hosts: readonly VirtualHost[]): VirtualHost[] {
  return [...Map.groupBy(hosts, ({ host }) => host)].map(([host, same]) => {
    const routes = same.flatMap((part) => part.routes);
    const inOrder = [false, true].flatMap((last) => routes.filter(({ match }) => isCatchAll(match) === last));
    return { host, port, routes: inOrder };
  });
}
