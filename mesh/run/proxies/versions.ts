import { CLUSTERS, filterNamed, LISTENERS, routesNamed } from '#mesh/envoy/xds/source.ts';

/** Before the name of a filter that is discovered. */
const FILTERS = 'extension_config_discovery.';

type Stats = Readonly<Record<string, number | string>>;

/** Which statistics tell about the state of Envoy's configuration. */
export const configurationStats =
  '(version_text|update_rejected|update_failure|listener_create_failure|warming_clusters|total_listeners_warming)$';

/** Whether Envoy has taken over every resource in its present version, and nothing is still warming up. */
export function isCurrent(stats: Stats, versions: ReadonlyMap<string, string>): boolean {
  const warming = Number(stats['cluster_manager.warming_clusters'] ?? 0);
  const listenersWarming = Number(stats['listener_manager.total_listeners_warming'] ?? 0);
  return warming === 0 && listenersWarming === 0 && outdated(stats, versions).length === 0;
}

/** The resources (`listeners`, `routes/http_proxy`) whose version Envoy does not show yet. */
export function outdated(stats: Stats, versions: ReadonlyMap<string, string>): readonly string[] {
  const texts = Object.entries(stats).filter(([name]) => name.endsWith('.version_text'));
  return [...versions].flatMap(([resource, version]) => {
    const matches = matcherOf(resource);
    const mine = texts.filter(([name]) => matches(name));
    return matches.required && mine.length === 0
      ? [resource]
      : mine.some(([, text]) => text !== version)
        ? [resource]
        : [];
  });
}

/** How often Envoy has refused an update, since it started. */
export function rejections(stats: Stats): number {
  return Object.entries(stats)
    .filter(([name]) => name.endsWith('.update_rejected') || name.endsWith('.listener_create_failure'))
    .reduce((sum, [, value]) => sum + Number(value), 0);
}

/**
 * Which statistic shows a resource's version. Resources that nothing uses any more have none; listeners and clusters
 * always do.
 */
function matcherOf(resource: string): ((stat: string) => boolean) & { readonly required: boolean } {
  if (resource === LISTENERS) {
    return matcher((stat) => stat === 'listener_manager.lds.version_text', true);
  }
  if (resource === CLUSTERS) {
    return matcher((stat) => stat === 'cluster_manager.cds.version_text', true);
  }
  const name = sanitized(resource.slice(resource.indexOf('/') + 1));
  if (resource.startsWith(routesNamed(''))) {
    return matcher((stat) => stat.endsWith(`.rds.${name}.version_text`), false);
  }
  if (resource.startsWith(filterNamed(''))) {
    return matcher((stat) => stat.endsWith(`.${name}.version_text`) && stat.startsWith(FILTERS), false);
  }
  return matcher(() => false, false);
}

function matcher(test: (stat: string) => boolean, required: boolean) {
  return Object.assign(test, { required });
}

/** Envoy replaces colons in the names of statistics. */
function sanitized(name: string): string {
  return name.replaceAll(':', '_');
}
