import type { YamlPath } from '#mesh/load/document.ts';
import type { Destination } from '#mesh/schema/istio/virtual-service/destination.ts';
import type { VirtualService } from '#mesh/schema/resource.ts';

export interface RoutedDestination {
  readonly virtualService: VirtualService;
  readonly destination: Destination;
  readonly path: YamlPath;
}

/** Every destination that a VirtualService's HTTP rules name, mirrors included. */
export function routedDestinations(virtualService: VirtualService): readonly RoutedDestination[] {
  return virtualService.spec.http.flatMap((rule, index) => {
    const here = ['spec', 'http', index];
    const routes = rule.route.map(({ destination }, item) => ({
      destination,
      path: [...here, 'route', item, 'destination'],
    }));
    const mirrors = rule.mirrors.map(({ destination }, item) => ({
      destination,
      path: [...here, 'mirrors', item, 'destination'],
    }));
    const mirror = rule.mirror ? [{ destination: rule.mirror, path: [...here, 'mirror'] }] : [];
    return [...routes, ...mirror, ...mirrors].map((found) => ({ virtualService, ...found }));
  });
}
