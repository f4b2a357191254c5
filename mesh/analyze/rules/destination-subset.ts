import { fullHost } from '#mesh/analyze/registry.ts';
import { type RoutedDestination, routedDestinations } from '#mesh/analyze/routed-destinations.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

/** IST0101: a VirtualService routes to a subset that no DestinationRule of the host defines. */
export const destinationSubset: Rule = (analysis) =>
  analysis
    .of('VirtualService')
    .flatMap((virtualService) =>
      routedDestinations(virtualService).flatMap((routed) => missingSubset(analysis, routed)),
    );

function missingSubset(analysis: Analysis, routed: RoutedDestination): readonly Diagnostic[] {
  const { virtualService, destination, path } = routed;
  const host = fullHost(destination.host, virtualService.metadata.namespace);
  // A host that nobody declares is reported by its own rule; its subsets would only repeat that.
  if (destination.subset === undefined || !analysis.registry.find(host)) return [];
  const rules = analysis.destinationRules.for(host);
  const names = rules.flatMap(({ spec }) => spec.subsets.map(({ name }) => name));
  if (names.includes(destination.subset)) return [];
  const fix =
    rules.length === 0
      ? `add a DestinationRule for host \`${destination.host}\` with this subset, or remove \`subset\``
      : didYouMean(destination.subset, names);
  const message = `subset \`${destination.subset}\` of host \`${destination.host}\` not found`;
  return [diagnose(virtualService, [...path, 'subset'], { code: 'IST0101', message, fix })];
}
