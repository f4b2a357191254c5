import { istioConfigName } from '#mesh/cli/istioctl/istio-config.ts';
import { field, listField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';

const header = ['NAME', 'VHOST NAME', 'DOMAINS', 'MATCH', 'VIRTUAL SERVICE'];
const shownDomains = 3;

/**
 * `istioctl proxy-config routes`: a row for each route of each virtual host. In a cluster each port is a route
 * configuration with its number as name; here one holds all ports, so a number chooses virtual hosts as well.
 */
export function routeRows(config: EnvoyConfig, name?: string): readonly (readonly string[])[] {
  const rows = Object.entries(config.routes)
    .sort(byPortThenName)
    .flatMap(([key, configuration]) =>
      listField(configuration, 'virtual_hosts')
        .filter((host) => isNamed(name, key, host))
        .flatMap((host) => virtualHostRows(key, host)),
    );
  return [header, ...rows];
}

function virtualHostRows(key: string, host: unknown): readonly (readonly string[])[] {
  return listField(host, 'routes').map((route) => [
    key,
    textField(host, 'name'),
    describeDomains(listField(host, 'domains').map(String)),
    describeMatch(field(route, 'match')),
    istioConfigName(route),
  ]);
}

function isNamed(name: string | undefined, key: string, host: unknown): boolean {
  return name === undefined || key === name || textField(host, 'name').endsWith(`:${name}`);
}

function byPortThenName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Names with a port repeat the one without. */
function describeDomains(domains: readonly string[]): string {
  const plain = domains.filter((domain) => !/:(\d+|\*)$/.test(domain));
  const chosen = plain.length > 0 ? plain : domains;
  const more = chosen.length - shownDomains;
  return `${chosen.slice(0, shownDomains).join(', ')}${more > 0 ? ` + ${more} more...` : ''}`;
}

/** The path, and which headers and query parameters are looked at: `/* x-dev-user=super-secret`. */
export function describeMatch(match: unknown): string {
  const headers = listField(match, 'headers').map((header) => describeCondition(header, 'string_match'));
  const parameters = listField(match, 'query_parameters').map(
    (each) => `?${describeCondition(each, 'string_match')}`,
  );
  return [describePath(match), ...headers, ...parameters].filter(Boolean).join(' ');
}

function describePath(match: unknown): string {
  const prefix = textField(match, 'prefix') || textField(match, 'path_separated_prefix');
  const regex = textField(match, 'safe_regex', 'regex');
  if (prefix) return `${prefix}*`;
  return regex ? `regex ${regex}` : textField(match, 'path');
}

function describeCondition(condition: unknown, key: string): string {
  const name = textField(condition, 'name');
  const not = textField(condition, 'invert_match') === 'true' ? '!' : '';
  const exact = textField(condition, key, 'exact');
  const prefix = textField(condition, key, 'prefix');
  const regex = textField(condition, key, 'safe_regex', 'regex');
  if (exact) return `${name}${not}=${exact}`;
  if (prefix) return `${name}${not}=${prefix}*`;
  return regex ? `${name}${not}~${regex}` : `${not}${name}`;
}
