import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import type { DirectResponse } from '#mesh/istiod/model/route.ts';
import { once } from '#mesh/once.ts';

export interface EnvoyVirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly envoy.Route[];
  /** Answers plain HTTP with a redirect to HTTPS. */
  readonly requireTls?: boolean;
  /** Whether its requests pass as bytes do. */
  readonly isUnread?: boolean;
}

/**
 * A route configuration's virtual hosts. Envoy refuses a domain or a name that comes twice, so the first one keeps
 * it, and a virtual host that has no domain left is omitted.
 */
export function virtualHosts(hosts: readonly EnvoyVirtualHost[]): readonly envoy.VirtualHost[] {
  const taken = new Set<string>();
  const names = new Set<string>();
  return hosts.flatMap((host) => {
    const domains = host.domains.filter((domain) => claim(taken, domain.toLowerCase()));
    if (domains.length === 0 || !claim(names, host.name)) return [];
    return domains.length === host.domains.length ? whole(host) : virtualHost(host, domains);
  });
}

/** What was made once of the same parts stays the same. */
const whole = once((host: EnvoyVirtualHost) => virtualHost(host, host.domains));

function claim(taken: Set<string>, key: string): boolean {
  const isFree = !taken.has(key);
  taken.add(key);
  return isFree;
}

function virtualHost(
  { name, routes, requireTls, isUnread }: EnvoyVirtualHost,
  domains: readonly string[],
): envoy.VirtualHost {
  return {
    name,
    domains,
    routes,
    require_tls: requireTls ? 'ALL' : undefined,
    include_request_attempt_count: isUnread ? undefined : true,
  };
}

const MATCH = { connect_matcher: {} };

/** A route for CONNECT requests, whose bytes go to the target unread. */
export function tunnelRoute(target: envoy.RouteAction, metadata?: envoy.Metadata): envoy.Route {
  return {
    name: 'connect',
    match: MATCH,
    route: {
      ...target,
      timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
    },
    metadata,
  };
}

export function refusedTunnelRoute(status: number): envoy.Route {
  return { name: 'connect', match: MATCH, direct_response: directResponse({ status }) };
}

export function directResponse({
  status,
  body,
}: Pick<DirectResponse, 'status' | 'body'>): envoy.DirectResponse {
  return { status, body: body === undefined ? undefined : { inline_string: body } };
}

const DEFAULT_HTTP_PORT = 80;

/**
 * The authorities that mean these names at this port. One route configuration serves all ports, so the port is part
 * of the domain; an authority without port means port 80, there as in a cluster.
 */
export function authorities(names: readonly string[], port: number): readonly string[] {
  return names.flatMap((name) => [...(port === DEFAULT_HTTP_PORT ? [name] : []), `${name}:${port}`]);
}
