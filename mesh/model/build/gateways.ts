import { selects } from '#mesh/model/build/endpoints.ts';
import { intersectHosts } from '#mesh/model/build/hosts.ts';
import type { BuildInput, GatewayPlacement } from '#mesh/model/build/input.ts';
import { gatewayNames, routesOf, type VirtualService } from '#mesh/model/build/routes.ts';
import { hostsOf } from '#mesh/model/build/virtual-hosts.ts';
import type { GatewayServer, GatewayTls, GatewayWorkload } from '#mesh/model/gateway.ts';
import type { Route, VirtualHost } from '#mesh/model/route.ts';
import type { Service } from '#mesh/model/service.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

type Gateway = ResourceOf<'Gateway'>;
type Server = Gateway['spec']['servers'][number];

/** Servers that route requests; those that pass connections on (TCP, TLS, MONGO) are not carried out yet. */
const HTTP_PROTOCOLS: readonly Server['port']['protocol'][] = ['HTTP', 'HTTPS', 'HTTP2', 'GRPC'];

/** One server with the Gateway that declares it. */
interface DeclaredServer {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly index: number;
}

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
    .filter(({ server }) => HTTP_PROTOCOLS.includes(server.port.protocol));
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
  return {
    port,
    localPort,
    protocol: atPort.some(({ server }) => server.port.protocol === 'HTTPS') ? 'HTTPS' : 'HTTP',
    tls: atPort.flatMap(({ server }) => toTls(server, namespace)),
    httpsRedirect: atPort.some(({ server }) => server.tls?.httpsRedirect === true),
    virtualHosts: mergeByHost(
      virtualServices.flatMap((service) =>
        atPort.flatMap((declared) => virtualHosts({ service, declared, services })),
      ),
    ),
    sources: atPort.map(({ gateway, index }) => gateway.document.at(['spec', 'servers', index])),
  };
}

function toTls({ hosts, tls }: Server, namespace: string): GatewayTls[] {
  const { mode, credentialName } = tls ?? {};
  if ((mode !== 'SIMPLE' && mode !== 'MUTUAL') || credentialName === undefined) return [];
  return [{ hosts: hosts.map(hostPart), mode, credential: `${namespace}/${credentialName}` }];
}

interface ServiceAtServer {
  readonly service: VirtualService;
  readonly declared: DeclaredServer;
  readonly services: readonly Service[];
}

/** A VirtualService's part of one server: the hosts that both name, if it is bound to the server's Gateway at all. */
function virtualHosts({ service, declared: { gateway, server }, services }: ServiceAtServer): VirtualHost[] {
  const name = `${gateway.metadata.namespace}/${gateway.metadata.name}`;
  if (!gatewayNames(service.spec.gateways, service).includes(name)) return [];
  const port = server.port.number;
  const routes = routesOf(service, { port, services, gateway: name });
  const visible = server.hosts.filter((host) => namespaceAllows(host, gateway, service)).map(hostPart);
  const hosts = visible.flatMap((host) => hostsOf(service).flatMap((own) => intersectHosts(host, own) ?? []));
  return routes.length === 0 ? [] : [...new Set(hosts)].map((host) => ({ host, port, routes }));
}

/** A server's host may carry the namespace of the VirtualServices that may bind to it: `prod/*`, `./*`, `*`. */
function namespaceAllows(host: string, gateway: Gateway, service: VirtualService): boolean {
  const [namespace = '*'] = host.includes('/') ? host.split('/') : [];
  const { namespace: own } = service.metadata;
  return namespace === '*' || namespace === own || (namespace === '.' && gateway.metadata.namespace === own);
}

function hostPart(host: string): string {
  return host.slice(host.indexOf('/') + 1);
}

/** Gateways merge VirtualServices of one host: their rules follow one another in the order of their creation. */
function mergeByHost(hosts: readonly VirtualHost[]): VirtualHost[] {
  const merged = new Map<string, { host: string; port: number; routes: Route[] }>();
  for (const { host, port, routes } of hosts) {
    const existing = merged.get(host);
    if (existing) existing.routes.push(...routes.filter((route) => !existing.routes.includes(route)));
    else merged.set(host, { host, port, routes: [...routes] });
  }
  return [...merged.values()];
}
