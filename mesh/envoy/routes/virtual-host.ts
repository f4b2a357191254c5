import type { JsonObject } from '#mesh/envoy/config.ts';

export interface EnvoyVirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly JsonObject[];
  /** Answers plain HTTP with a redirect to HTTPS. */
  readonly requireTls?: boolean;
}

/**
 * A route configuration's virtual hosts. Envoy refuses a domain or a name that comes twice, so the first one keeps
 * it, and a virtual host without any domain of its own is left out.
 */
export function virtualHosts(hosts: readonly EnvoyVirtualHost[]): readonly JsonObject[] {
  const taken = new Set<string>();
  const names = new Set<string>();
  return hosts.flatMap((host) => {
    const domains = host.domains.filter((domain) => claim(taken, domain.toLowerCase()));
    return domains.length > 0 && claim(names, host.name) ? [virtualHost(host, domains)] : [];
  });
}

function claim(taken: Set<string>, key: string): boolean {
  const isFree = !taken.has(key);
  taken.add(key);
  return isFree;
}

function virtualHost({ name, routes, requireTls }: EnvoyVirtualHost, domains: readonly string[]): JsonObject {
  return {
    name,
    domains,
    routes,
    ...(requireTls && { require_tls: 'ALL' }),
    include_request_attempt_count: true,
  };
}
