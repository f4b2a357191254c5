import type { YamlPath } from '#mesh/load/document.ts';
import type { Destination } from '#mesh/schema/istio/virtual-service/destination.ts';
import type { VirtualService } from '#mesh/schema/resource.ts';

export interface RoutedDestination {
  readonly virtualService: VirtualService;
  readonly destination: Destination;
  readonly path: YamlPath;
}

/** Every destination that a VirtualService's rules name, mirrors included. */
export function routedDestinations(virtualService: VirtualService): readonly RoutedDestination[] {
  return [...routes(virtualService), ...mirrors(virtualService)];
}

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
