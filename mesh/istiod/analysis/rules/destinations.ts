import type { Diagnostic } from '#mesh/diagnostic.ts';
import { overlaps } from '#mesh/istiod/analysis/registry.ts';
import { type RoutedDestination, routedDestinations } from '#mesh/istiod/analysis/routed-destinations.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { didYouMean, useOneOf } from '#mesh/nearest.ts';

/** IST0101: a VirtualService routes to a host that neither a Service nor a ServiceEntry declares. */
export const destinationHost: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) => {
    const { namespace } = virtualService.metadata;
    return routedDestinations(virtualService)
      .filter(({ destination }) => !analysis.registry.find(resolveHost(destination.host, namespace)))
      .map(({ destination, path }) =>
        diagnose(virtualService, [...path, 'host'], {
          code: 'IST0101',
          message: `host \`${destination.host}\` not found: neither a Service nor a ServiceEntry declares it`,
          fix: whatToWrite({ analysis, host: destination.host, namespace }),
        }),
      );
  });

function whatToWrite({
  analysis,
  host,
  namespace,
}: {
  analysis: Analysis;
  host: string;
  namespace: string;
}): string {
  const [name = '', other = ''] = host.split('.');
  if (analysis.get('Service', { name, namespace: other })) {
    return `write the full name: \`${name}.${other}.svc.cluster.local\``;
  }
  return didYouMean(host, analysis.registry.namesFor(namespace));
}

/** IST0101: the service has no such port; IST0112: it has several and the route does not say which. */
export const destinationPort: Rule = (analysis) =>
  analysis
    .of('VirtualService')
    .flatMap((virtualService) =>
      routedDestinations(virtualService).flatMap((routed) => wrongPort(analysis, routed)),
    );

function wrongPort(analysis: Analysis, routed: RoutedDestination): readonly Diagnostic[] {
  const { virtualService, destination, path } = routed;
  const found = analysis.registry.find(resolveHost(destination.host, virtualService.metadata.namespace));
  if (!found) return [];
  const numbers = found.ports.map((port) => String(port.number));
  const asked = destination.port?.number;
  if (asked === undefined) return numbers.length > 1 ? [ambiguous(routed, numbers)] : [];
  if (numbers.includes(String(asked))) return [];
  return [
    diagnose(virtualService, [...path, 'port', 'number'], {
      code: 'IST0101',
      message: `host \`${destination.host}\` has no port ${asked}`,
      fix: useOneOf(numbers),
    }),
  ];
}

/** Istio then routes to the port of the same number as the listener's, which may not be what is meant. */
function ambiguous(
  { virtualService, destination, path }: RoutedDestination,
  numbers: readonly string[],
): Diagnostic {
  return diagnose(virtualService, path, {
    severity: virtualService.spec.gateways.some((gateway) => gateway !== 'mesh') ? 'error' : 'warning',
    code: 'IST0112',
    message: `host \`${destination.host}\` has several ports (${numbers.join(', ')}), and the route does not say which`,
    fix: `add \`port: {number: ${numbers[0]}}\` to the destination`,
  });
}

/** IST0174: a DestinationRule for a host that nobody declares has no effect, but does no harm. */
export const destinationRuleHost: Rule = (analysis) =>
  analysis.of('DestinationRule').flatMap((destinationRule) => {
    const { namespace } = destinationRule.metadata;
    const host = resolveHost(destinationRule.spec.host, namespace);
    const known =
      analysis.registry.find(host) ||
      // Only a wildcard may cover hosts without being one.
      (host.startsWith('*') &&
        [...analysis.registry.hosts.keys()].some((declared) => overlaps(declared, host)));
    if (known) return [];
    return [
      diagnose(destinationRule, ['spec', 'host'], {
        severity: 'warning',
        code: 'IST0174',
        message: `host \`${destinationRule.spec.host}\` not found, so this DestinationRule has no effect`,
        fix: didYouMean(destinationRule.spec.host, analysis.registry.namesFor(namespace)),
      }),
    ];
  });

/** IST0101: a VirtualService routes to a subset that no DestinationRule of the host defines. */
export const destinationSubset: Rule = (analysis) =>
  analysis
    .of('VirtualService')
    .flatMap((virtualService) =>
      routedDestinations(virtualService).flatMap((routed) => missingSubset(analysis, routed)),
    );

function missingSubset(analysis: Analysis, routed: RoutedDestination): readonly Diagnostic[] {
  const { virtualService, destination, path } = routed;
  const host = resolveHost(destination.host, virtualService.metadata.namespace);
  // Another rule reports undeclared hosts; their subsets would only repeat that.
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
