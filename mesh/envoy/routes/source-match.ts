import type { Scope } from '#mesh/envoy/scope.ts';
import type { RouteMatch } from '#mesh/model/route.ts';

/** Whether a route is for callers like this proxy: decided here, not for each request, as in Istio. */
export function matchesSource(
  { sourceLabels, sourceNamespace }: Pick<RouteMatch, 'sourceLabels' | 'sourceNamespace'>,
  scope: Pick<Scope, 'namespace' | 'labels'>,
): boolean {
  return (
    (sourceNamespace === undefined || sourceNamespace === scope.namespace) &&
    Object.entries(sourceLabels ?? {}).every(([key, value]) => scope.labels[key] === value)
  );
}
