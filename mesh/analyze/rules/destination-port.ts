import { fullHost } from '#mesh/analyze/registry.ts';
import { type RoutedDestination, routedDestinations } from '#mesh/analyze/routed-destinations.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { useOneOf } from '#mesh/schema/nearest.ts';

/** IST0101: the service has no such port; IST0112: it has several and the route does not say which. */
export const destinationPort: Rule = (analysis) =>
  analysis
    .of('VirtualService')
    .flatMap((virtualService) =>
      routedDestinations(virtualService).flatMap((routed) => wrongPort(analysis, routed)),
    );

function wrongPort(analysis: Analysis, routed: RoutedDestination): readonly Diagnostic[] {
  const { virtualService, destination, path } = routed;
  const found = analysis.registry.find(fullHost(destination.host, virtualService.metadata.namespace));
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
