import type { GatewayPlacement } from '#mesh/istiod/config/build/input.ts';
import { attach } from '#mesh/istiod/config/gateway-api/attachment.ts';
import {
  type BackendTls,
  backendCertificate,
  judgedPolicies,
} from '#mesh/istiod/config/gateway-api/backend-tls.ts';
import { refusalOf } from '#mesh/istiod/config/gateway-api/gateway-status.ts';
import { meshConnections, meshRoutes } from '#mesh/istiod/config/gateway-api/mesh-routes.ts';
import { type GatewayApiObjects, nameOf } from '#mesh/istiod/config/gateway-api/objects.ts';
import { serversOf } from '#mesh/istiod/config/gateway-api/servers.ts';
import type { GatewayWorkload } from '#mesh/istiod/model/gateway.ts';
import { isKubernetesService } from '#mesh/istiod/model/host-names.ts';
import type { VirtualHost } from '#mesh/istiod/model/route.ts';
import type { Endpoint, Service, ServicePort } from '#mesh/istiod/model/service.ts';
import type { ClientTls, ConnectionHost } from '#mesh/istiod/model/traffic-policy.ts';

/** What Gateway API's objects add to the mesh. */
export interface GatewayApiModel {
  /** An Envoy that was made for a Gateway serves its listeners; the others are as they were. */
  workload(placement: GatewayPlacement, workload: GatewayWorkload): GatewayWorkload;
  /** The Secret with the certificate that a Gateway's Envoy shows to backends, as `namespace/name`. */
  clientCertificate(placement: GatewayPlacement): string | undefined;
  /** Those that a BackendTLSPolicy is about are spoken to as it says; with a Gateway's certificate, when one is given. */
  services(services: readonly Service[], certificate?: string): readonly Service[];
  /** Routes whose parent is a Service take the place of what its ports had. */
  virtualHosts(hosts: readonly VirtualHost[]): VirtualHost[];
  /** The same for ports that carry connections. */
  connectionHosts(hosts: readonly ConnectionHost[]): readonly ConnectionHost[];
}

/** HTTPRoutes and their like in the mesh's own nouns: they end in the same routes as VirtualServices do. */
export function gatewayApiModel(objects: GatewayApiObjects | undefined): GatewayApiModel {
  if (!objects)
    return {
      workload: (_, workload) => workload,
      clientCertificate: () => undefined,
      services: (services) => services,
      virtualHosts: (hosts) => [...hosts],
      connectionHosts: (hosts) => hosts,
    };
  const tls = judgedPolicies(objects).flatMap(({ holds }) => holds ?? []);
  const attachments = attach(objects);
  const routed = meshRoutes(attachments, objects);
  const connected = meshConnections(attachments, objects);
  return {
    workload({ madeFor, address, ports }, workload) {
      const found = attachments.gateways.find(({ gateway }) => nameOf(gateway) === madeFor);
      if (!found || refusalOf({ gateway: found.gateway, objects })) return workload;
      const servers = serversOf(found.gateway, attachments, objects).flatMap((server) => {
        const localPort = ports[server.port];
        return localPort === undefined
          ? []
          : [{ ...server, localPort, ...(address !== undefined && { address }) }];
      });
      return { ...workload, servers };
    },
    clientCertificate({ madeFor }) {
      const gateway = objects.gateways.find((one) => nameOf(one) === madeFor);
      return gateway && backendCertificate(gateway, objects).credential;
    },
    services(services, certificate) {
      const shown = tls.map((one) =>
        one.tls && certificate !== undefined ? { ...one, tls: { ...one.tls, credential: certificate } } : one,
      );
      return shown.length === 0 ? services : services.map((one) => withTls(one, shown));
    },
    connectionHosts(hosts) {
      if (connected.length === 0) return hosts;
      return hosts.map((host) => {
        const own = connected.find((one) => one.host === host.host && one.port === host.port);
        return own ? { ...host, routes: [...own.routes, ...host.routes] } : host;
      });
    },
    virtualHosts(hosts) {
      return hosts.map((host) => {
        const own = routed.find((one) => one.host === host.host && one.port === host.port);
        if (!own) return host;
        const isForAll = own.routes.some(({ match }) => match.sourceNamespace === undefined);
        return { ...host, routes: isForAll ? own.routes : [...own.routes, ...host.routes] };
      });
    },
  };
}

/** A policy for a port's name comes before one for the whole Service; TLS of a DestinationRule stays as it is. */
function withTls(service: Service, policies: readonly BackendTls[]): Service {
  const own = policies.filter(({ service: name }) => name === `${service.namespace}/${service.name}`);
  if (own.length === 0 || !isKubernetesService(service)) return service;
  const at = (port: ServicePort) =>
    own.find(({ portName }) => portName === port.name) ?? own.find(({ portName }) => portName === undefined);
  const blocked = service.ports.filter((port) => at(port) && !at(port)?.tls).map(({ number }) => number);
  return {
    ...service,
    ports: service.ports.map((port) => {
      const tls = at(port)?.tls;
      return tls ? { ...port, trafficPolicies: everywhere(port.trafficPolicies, tls) } : port;
    }),
    endpoints: service.endpoints.map((endpoint) => without(endpoint, blocked)),
  };
}

function everywhere(
  policies: ServicePort['trafficPolicies'],
  tls: ClientTls,
): ServicePort['trafficPolicies'] {
  const entries = Object.entries({ '': {}, ...policies });
  return Object.fromEntries(entries.map(([subset, policy]) => [subset, { tls, ...policy }]));
}

/** Where nobody can be trusted, nothing is sent: no endpoint serves the port. */
function without(endpoint: Endpoint, blocked: readonly number[]): Endpoint {
  if (blocked.length === 0) return endpoint;
  const ports = Object.entries(endpoint.ports).filter(([port]) => !blocked.includes(Number(port)));
  return { ...endpoint, ports: Object.fromEntries(ports) };
}
