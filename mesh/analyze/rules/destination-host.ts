import { fullHost } from '#mesh/analyze/registry.ts';
import { routedDestinations } from '#mesh/analyze/routed-destinations.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

/** IST0101: a VirtualService routes to a host that neither a Service nor a ServiceEntry declares. */
export const destinationHost: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) => {
    const { namespace } = virtualService.metadata;
    return routedDestinations(virtualService)
      .filter(({ destination }) => !analysis.registry.find(fullHost(destination.host, namespace)))
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
