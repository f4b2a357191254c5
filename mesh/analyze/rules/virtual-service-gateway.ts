import { fullHost, overlaps } from '#mesh/analyze/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';
import type { Gateway, VirtualService } from '#mesh/schema/resource.ts';

/** IST0101: a VirtualService names a gateway that does not exist; IST0132: the gateway serves none of its hosts. */
export const virtualServiceGateway: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) =>
    virtualService.spec.gateways.flatMap((reference, index) => {
      if (reference === 'mesh') return [];
      const gateway = findGateway(analysis, reference, virtualService.metadata.namespace);
      const path = ['spec', 'gateways', index];
      if (!gateway) return [notFound({ analysis, virtualService, reference, path })];
      return hostsNotServed({ virtualService, gateway });
    }),
  );

interface NotFound {
  readonly analysis: Analysis;
  readonly virtualService: VirtualService;
  readonly reference: string;
  readonly path: readonly (string | number)[];
}

function notFound({ analysis, virtualService, reference, path }: NotFound): Diagnostic {
  const { namespace } = virtualService.metadata;
  const known = analysis.of('Gateway').map(({ metadata }) => {
    return metadata.namespace === namespace ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  });
  return diagnose(virtualService, path, {
    code: 'IST0101',
    message: `gateway \`${reference}\` not found`,
    fix:
      known.length === 0
        ? 'apply the Gateway first or together with it'
        : didYouMean(reference, [...known, 'mesh']),
  });
}

function findGateway(analysis: Analysis, reference: string, own: string): Gateway | undefined {
  const [namespace, name] = reference.includes('/') ? reference.split('/', 2) : [own, reference];
  return analysis.get('Gateway', { name: name ?? '', namespace: namespace ?? '' });
}

function hostsNotServed({ virtualService, gateway }: { virtualService: VirtualService; gateway: Gateway }) {
  const { namespace } = virtualService.metadata;
  const served = gateway.spec.servers
    .flatMap(({ hosts }) => hosts)
    .map((host) => host.split('/').at(-1) ?? host);
  return virtualService.spec.hosts.flatMap((host, index) => {
    if (served.some((pattern) => overlaps(pattern, host) || overlaps(pattern, fullHost(host, namespace))))
      return [];
    return [
      diagnose(virtualService, ['spec', 'hosts', index], {
        severity: 'warning',
        code: 'IST0132',
        message: `gateway \`${gateway.metadata.name}\` does not serve host \`${host}\`, only ${served.map((name) => `\`${name}\``).join(', ')}`,
        fix: "add the host to the Gateway's `hosts`, or write one that it serves",
      }),
    ];
  });
}
