import { bySpecificity, hostMatches } from '#mesh/istiod/config/build/hosts.ts';
import {
  type Attachment,
  type Attachments,
  commonHosts,
} from '#mesh/istiod/config/gateway-api/attachment.ts';
import { isServed, type Listener } from '#mesh/istiod/config/gateway-api/listeners.ts';
import { inOrder, type RankedRoute } from '#mesh/istiod/config/gateway-api/matches.ts';
import {
  type ConnectionRouteObject,
  documentOf,
  type Gateway,
  type GatewayApiObjects,
  nameOf,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import {
  originOf,
  referrerOf,
  routesOfRules,
  toDestinations,
} from '#mesh/istiod/config/gateway-api/rules.ts';
import type { GatewayConnections, GatewayServer, GatewayTls } from '#mesh/istiod/model/gateway.ts';
import type { VirtualHost } from '#mesh/istiod/model/route.ts';
import type { ConnectionRoute } from '#mesh/istiod/model/traffic-policy.ts';

/** The ports that a Gateway's listeners open, each once; those of refused listeners are not among them. */
export function listenerPorts(listeners: readonly Listener[]): number[] {
  return [...new Set(listeners.filter(isServed).map(({ spec }) => spec.port))].sort((a, b) => a - b);
}

/** What a Gateway's Envoy serves: a server for each port, with all that its listeners and their routes put on it. */
export function serversOf(
  gateway: Gateway,
  { gateways, routes }: Attachments,
  objects: GatewayApiObjects,
): readonly Omit<GatewayServer, 'localPort'>[] {
  const found = gateways.find((one) => nameOf(one.gateway) === nameOf(gateway));
  const listeners = (found?.listeners ?? []).filter(isServed);
  return listenerPorts(listeners).map((port) => {
    const atPort = listeners.filter(({ spec }) => spec.port === port);
    const routing = atPort.filter(({ spec }) => spec.protocol.startsWith('HTTP'));
    const connections = atPort
      .filter(({ spec }) => !spec.protocol.startsWith('HTTP'))
      .map((listener) => connectionsOf(listener, attachedTo(listener, routes), objects));
    return {
      port,
      protocol: protocolOf(routing),
      virtualHosts: virtualHosts({ port, listeners: routing.filter(isPlain), all: routing, routes, objects }),
      tlsServers: routing.flatMap((listener) =>
        tlsOf(listener).map((tls) => ({
          name: `https.${port}.${listener.spec.name}.${ownerName(listener)}`,
          tls,
          virtualHosts: virtualHosts({ port, listeners: [listener], all: routing, routes, objects }),
        })),
      ),
      ...(connections.length > 0 && { connections }),
      sources: atPort.map(({ owner, spec }) =>
        documentOf(owner, objects).at(['spec', 'listeners', owner.spec.listeners.indexOf(spec)]),
      ),
    };
  });
}

/** A Gateway and its ListenerSet may share their name, and those of their listeners. */
function ownerName({ gateway, owner }: Listener): string {
  const { name, namespace } = owner.metadata;
  return owner === gateway ? `${name}.${namespace}` : `listenerset.${name}.${namespace}`;
}

function protocolOf(routing: readonly Listener[]): GatewayServer['protocol'] {
  if (routing.length === 0) return 'TCP';
  return routing.some(({ spec }) => spec.protocol === 'HTTPS') ? 'HTTPS' : 'HTTP';
}

function isPlain({ spec }: Listener): boolean {
  return spec.protocol !== 'HTTPS';
}

function tlsOf({ spec, credentials: [credential], clients }: Listener): GatewayTls[] {
  if (credential === undefined) return [];
  return [{ hosts: [hostOf(spec)], mode: 'SIMPLE', credential, ...clients }];
}

function hostOf({ hostname }: Listener['spec']): string {
  return hostname === undefined || hostname === '' ? '*' : hostname;
}

/** The routes that have a listener as parent, each once. */
function attachedTo(listener: Listener, routes: readonly Attachment[]): readonly Attachment[] {
  return routes.filter(({ parents }) =>
    parents.some((parent) => parent.kind === 'Gateway' && parent.listeners.includes(listener)),
  );
}

interface Port {
  readonly port: number;
  /** Those whose hosts are wanted. */
  readonly listeners: readonly Listener[];
  /** Those of the port. */
  readonly all: readonly Listener[];
  readonly routes: readonly Attachment[];
  readonly objects: GatewayApiObjects;
}

/**
 * Each host with its rules in the specification's order. A listener keeps its host to itself: a request for it is never
 * answered by the routes of another listener with a wider host.
 */
function virtualHosts({ port, listeners, all, routes, objects }: Port): VirtualHost[] {
  const hosts = new Map<string, RankedRoute[]>(listeners.map(({ spec }) => [hostOf(spec), []]));
  for (const listener of listeners) {
    const at = { port, secure: listener.spec.protocol === 'HTTPS' };
    for (const attachment of attachedTo(listener, routes)) {
      const ranked = routesOfRules(attachment, at, objects);
      for (const host of commonHosts(listener.spec.hostname, attachment.route)) {
        if (isAnothers(host, listener, all)) continue;
        hosts.set(host, [...(hosts.get(host) ?? []), ...ranked]);
      }
    }
  }
  return [...hosts].map(([host, ranked]) => ({ host, port, routes: inOrder(ranked) }));
}

/** Whether a listener with a narrower host takes requests for this one. */
function isAnothers(host: string, listener: Listener, all: readonly Listener[]): boolean {
  return all.some(
    ({ spec }) =>
      spec !== listener.spec &&
      hostMatches(hostOf(spec), host) &&
      bySpecificity(hostOf(spec), hostOf(listener.spec)) < 0,
  );
}

/** What a listener of TLS or TCP passes on. */
function connectionsOf(
  { spec, credentials: [credential] }: Listener,
  attached: readonly Attachment[],
  objects: GatewayApiObjects,
): GatewayConnections {
  const hosts = [hostOf(spec)];
  const tls: GatewayTls | undefined =
    credential === undefined ? undefined : { hosts, mode: 'SIMPLE', credential };
  const named = spec.protocol === 'TLS';
  return {
    hosts,
    ...(tls && { tls }),
    routes: attached.flatMap((one) =>
      connectionRoutes(one, { names: named ? commonHosts(spec.hostname, one.route) : undefined, objects }),
    ),
  };
}

/** A TLSRoute's or TCPRoute's rules as connections, for these names of TLS greetings. */
export function connectionRoutes(
  attachment: Attachment,
  { names, objects }: { readonly names: readonly string[] | undefined; readonly objects: GatewayApiObjects },
): ConnectionRoute[] {
  const { spec } = attachment.route as ConnectionRouteObject;
  return (spec.rules ?? []).map(({ backendRefs = [] }, index) => ({
    ...(names && !names.includes('*') && { serverNames: names }),
    destinations: toDestinations(backendRefs, referrerOf(attachment), objects),
    origin: originOf(attachment, index, objects),
  }));
}
