import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

type Alias = NonNullable<Service['aliases']>[number];

/**
 * Services with their further names: one of type ExternalName is another name of the service that it names, directly or by
 * further ones, and nothing else where there is none (Istio's ENABLE_EXTERNAL_NAME_ALIAS).
 */
export function withAliases(services: readonly Service[], resources: readonly Resource[]): Service[] {
  const targets = new Map(
    ofKind(resources, 'Service').flatMap(({ metadata: { name, namespace }, spec }) => {
      const host = serviceHost(name, namespace);
      const { type, externalName } = spec;
      if (type !== 'ExternalName' || externalName === undefined) return [];
      return [[host, { alias: { name, namespace, host }, target: externalName.replace(/\.$/, '') }] as const];
    }),
  );
  if (targets.size === 0) return [...services];
  const byTarget = Map.groupBy(targets.values(), ({ target }) => endOf(target, targets));
  return services.map((service) => {
    const aliases = (byTarget.get(service.host) ?? []).map(({ alias }) => alias);
    return aliases.length > 0 ? { ...service, aliases } : service;
  });
}

/** The host at the end of a chain of names; the host itself where the chain has none. */
function endOf(
  host: string,
  targets: ReadonlyMap<string, { readonly alias: Alias; readonly target: string }>,
): string {
  const seen = new Set<string>();
  let end = host;
  while (!seen.has(end)) {
    seen.add(end);
    end = targets.get(end)?.target ?? end;
  }
  return end;
}
