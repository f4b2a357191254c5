import type { JsonObject } from '#mesh/envoy/config.ts';
import { at, listAt } from '#mesh/envoy/simulation/read.ts';

export interface MatchedVirtualHost {
  readonly virtualHost: JsonObject;
  readonly domain: string;
}

/** Envoy's order: the exact domain, the longest `*.suffix`, the longest `prefix.*`, and `*` last. */
export function matchVirtualHost(routes: JsonObject, authority: string): MatchedVirtualHost | undefined {
  const host = (
    at(routes, 'ignore_port_in_host_matching') === true ? authority.replace(/:\d+$/, '') : authority
  ).toLowerCase();
  const candidates = listAt(routes, 'virtual_hosts').flatMap((virtualHost) =>
    domainsOf(virtualHost).map((domain) => ({ virtualHost, domain })),
  );
  return candidates
    .filter(({ domain }) => domainMatches(domain.toLowerCase(), host))
    .sort((a, b) => rank(b.domain) - rank(a.domain))[0];
}

function domainsOf(virtualHost: JsonObject): readonly string[] {
  const domains = at(virtualHost, 'domains');
  return Array.isArray(domains) ? domains.filter((domain) => typeof domain === 'string') : [];
}

function domainMatches(domain: string, host: string): boolean {
  if (domain === '*') {
    return true;
  }
  if (domain.startsWith('*')) {
    return host.length > domain.length - 1 && host.endsWith(domain.slice(1));
  }
  return domain.endsWith('*') ? host.startsWith(domain.slice(0, -1)) : domain === host;
}

/** Kinds are a million apart, because no name is that long. */
function rank(domain: string): number {
  if (domain === '*') {
    return 0;
  }
  if (domain.endsWith('*')) {
    return 1_000_000 + domain.length;
  }
  return (domain.startsWith('*') ? 2_000_000 : 3_000_000) + domain.length;
}
