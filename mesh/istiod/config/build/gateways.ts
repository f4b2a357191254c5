import { withDelegates } from '#mesh/istiod/config/build/delegates.ts';
import {
  commonHosts,
  compatible,
  type DeclaredServer,
  gatewayKey,
  hostPart,
  isServed,
  listenerPort,
  passesOn,
  toTls,
} from '#mesh/istiod/config/build/gateway-server.ts';
import { intersectHosts } from '#mesh/istiod/config/build/hosts.ts';
import { type BuildInput, type GatewayPlacement, selects } from '#mesh/istiod/config/build/input.ts';
import { gatewayNames, isCatchAll, routesOf, type VirtualService } from '#mesh/istiod/config/build/routes.ts';
import { connectionRoutes } from '#mesh/istiod/config/build/traffic-policy.ts';
import { isVisible } from '#mesh/istiod/config/build/visibility.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import type {
  GatewayConnections,
  GatewayServer,
  GatewayVirtualHost,
  GatewayWorkload,
} from '#mesh/istiod/model/gateway.ts';
import type { VirtualHost } from '#mesh/istiod/model/route.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import type { ConnectionRoute } from '#mesh/istiod/model/traffic-policy.ts';

/** A gateway's Envoy with everything that Gateways and VirtualServices put on its ports. */
export function toGatewayWorkload(
  { ports, address, ...placement }: GatewayPlacement,
  input: BuildInput,
  services: readonly Service[],
): GatewayWorkload {
  const declared = serversFor(placement.labels, input);
  const virtualServices = withDelegates(ofKind(input.resources, 'VirtualService')).filter((one) =>
    isVisible(one, placement.namespace),
  );
  const numbers = portsOf(declared).sort((a, b) => a - b);
  return {
    ...placement,
    servers: numbers.flatMap((port) => {
      const localPort = ports[port];
      const atPort = compatible(declared.filter(({ server }) => listenerPort(server) === port));
      if (localPort === undefined) return [];
      const { namespace } = placement;
      const server = toServer({ port, localPort, atPort, virtualServices, services, namespace });
      return [{ ...server, ...(address !== undefined && { address }) }];
    }),
  };
}

/** All servers of the Gateways that select a workload with these labels; an empty selector selects every gateway. */
function serversFor(
  labels: GatewayPlacement['labels'],
  input: Pick<BuildInput, 'resources'>,
): DeclaredServer[] {
  return ofKind(input.resources, 'Gateway')
    .filter((gateway) => selects(gateway.spec.selector, labels))
    .flatMap((gateway) => gateway.spec.servers.map((server, index) => ({ gateway, server, index })))
    .filter(({ server }) => isServed(server));
}

/** The ports that a gateway with these labels must open, for the runner to find local ones. */
export function declaredGatewayPorts(
  labels: GatewayPlacement['labels'],
  input: Pick<BuildInput, 'resources'>,
): number[] {
  return portsOf(serversFor(labels, input));
}

function portsOf(servers: readonly DeclaredServer[]): number[] {
  return [...new Set(servers.map(({ server }) => listenerPort(server)))];
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
  const hostsOf = (servers: readonly DeclaredServer[]) =>
    mergeByHost(
      port,
      servers.flatMap((declared) => serverHosts(declared, { virtualServices, services })),
    );
  const isSecure = ({ server }: DeclaredServer) => server.port.protocol === 'HTTPS';
  return {
    port,
    localPort,
    protocol: protocolOf(routing),
    virtualHosts: hostsOf(routing.filter((declared) => !isSecure(declared))),
    tlsServers: routing.filter(isSecure).flatMap((declared) =>
      toTls(declared.server, namespace).map((tls) => ({
        name: tlsServerName(declared),
        tls,
        virtualHosts: hostsOf([declared]),
      })),
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

function tlsServerName({ gateway: { metadata }, server: { port } }: DeclaredServer): string {
  return `https.${port.number}.${port.name}.${metadata.name}.${metadata.namespace}`;
}

/** What VirtualServices put on a server; with `httpsRedirect` it has each of its hosts, even those without routes. */
function serverHosts(
  declared: DeclaredServer,
  { virtualServices, services }: Pick<Port, 'virtualServices' | 'services'>,
): GatewayVirtualHost[] {
  const { server } = declared;
  const hosts = virtualServices.flatMap((service) => virtualHosts({ service, declared, services }));
  if (!server.tls?.httpsRedirect) return hosts;
  const port = server.port.number;
  const unrouted = server.hosts.map((host) => ({ host: hostPart(host), port, routes: [] }));
  return [...hosts, ...unrouted].map((host) => ({ ...host, httpsRedirect: true }));
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
function mergeByHost(port: number, hosts: readonly GatewayVirtualHost[]): GatewayVirtualHost[] {
  return [...Map.groupBy(hosts, ({ host }) => host)].map(([host, same]) => {
    const routes = same.flatMap((part) => part.routes);
    const inOrder = [false, true].flatMap((last) => routes.filter(({ match }) => isCatchAll(match) === last));
    const redirected = same.some(({ httpsRedirect }) => httpsRedirect);
    return { host, port, routes: inOrder, ...(redirected && { httpsRedirect: true as const }) };
  });
}

interface GatewayConnectionsOptions {
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
function gatewayConnections(options: GatewayConnectionsOptions): GatewayConnections {
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
