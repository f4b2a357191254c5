import { grouped } from '#mesh/istiod/analysis/registry.ts';
import { hostMatches, resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { Destination } from '#mesh/istiod/config/schema/istio/virtual-service/http-route.ts';
import type { DestinationRule, VirtualService } from '#mesh/istiod/config/schema/resource.ts';
import { once } from '#mesh/once.ts';

export interface RoutedDestination {
  readonly virtualService: VirtualService;
  readonly destination: Destination;
  readonly path: YamlPath;
}

/** Every destination that a VirtualService's rules name, mirrors included. */
export const routedDestinations = once((virtualService: VirtualService): readonly RoutedDestination[] => [
  ...routes(virtualService),
  ...mirrors(virtualService),
]);

function routes(virtualService: VirtualService): readonly RoutedDestination[] {
  return weightedRoutes(virtualService).flatMap(({ route, path }) =>
    route.map(({ destination }, item) => ({
      ...{ virtualService, destination },
      path: [...path, item, 'destination'],
    })),
  );
}

/** The destinations of one rule. */
export interface WeightedRoute {
  readonly route: readonly { readonly destination: Destination; readonly weight?: number }[];
  readonly path: YamlPath;
}

/** The list `route` of every rule: of requests (`http`), of TLS and of other connections (`tcp`). */
export function weightedRoutes({ spec }: VirtualService): readonly WeightedRoute[] {
  return (['http', 'tls', 'tcp'] as const).flatMap((kind) =>
    spec[kind].map(({ route }, index) => ({ route, path: ['spec', kind, index, 'route'] })),
  );
}

function mirrors(virtualService: VirtualService): readonly RoutedDestination[] {
  return virtualService.spec.http.flatMap((rule, index) => {
    const here = ['spec', 'http', index];
    const list = rule.mirrors.map(({ destination }, item) => ({
      destination,
      path: [...here, 'mirrors', item, 'destination'],
    }));
    const mirror = rule.mirror ? [{ destination: rule.mirror, path: [...here, 'mirror'] }] : [];
    return [...mirror, ...list].map((found) => ({ virtualService, ...found }));
  });
}

/** The DestinationRules by the host that they apply to. */
export class DestinationRules {
  readonly #byHost: ReadonlyMap<string, readonly DestinationRule[]>;
  readonly #wildcards: readonly string[];

  constructor(rules: readonly DestinationRule[]) {
    this.#byHost = grouped(
      rules.map((rule) => [resolveHost(rule.spec.host, rule.metadata.namespace), rule] as const),
    );
    this.#wildcards = [...this.#byHost.keys()].filter((host) => host.startsWith('*'));
  }

  /** Those for a full host name, by wildcards too. */
  for(host: string): readonly DestinationRule[] {
    const hosts = new Set([host, ...this.#wildcards.filter((wildcard) => hostMatches(wildcard, host))]);
    return [...hosts].flatMap((name) => this.#byHost.get(name) ?? []);
  }
}
