import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import { overlaps } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { hostPart } from '#mesh/istiod/config/build/gateway-server.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import type { Gateway, VirtualService } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean } from '#mesh/nearest.ts';

/** IST0101: a VirtualService names a gateway that does not exist; IST0132: the gateway serves none of its hosts. */
export const virtualServiceGateway: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) =>
    virtualService.spec.gateways.flatMap((reference, index) => {
      if (reference === 'mesh') return [];
      const gateway = findGateway(analysis, reference, virtualService.metadata.namespace);
      const path = ['spec', 'gateways', index];
      if (!gateway)
        return [
          notFound({ analysis, virtualService, reference, path }),
          servedByNobody(virtualService, reference),
        ];
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

/** Istio says both: the gateway is not there, and so it has none of the hosts. */
function servedByNobody(virtualService: VirtualService, reference: string): Diagnostic {
  const hosts = virtualService.spec.hosts.map((host) => `\`${host}\``).join(', ');
  return diagnose(virtualService, ['spec', 'hosts'], {
    severity: 'warning',
    code: 'IST0132',
    message: `gateway \`${reference}\` does not serve ${hosts || 'anything'}`,
    fix: 'name a Gateway that serves them',
  });
}

function findGateway(analysis: Analysis, reference: string, own: string): Gateway | undefined {
  const [namespace, name] = reference.includes('/') ? reference.split('/', 2) : [own, reference];
  return analysis.get('Gateway', { name: name ?? '', namespace: namespace ?? '' });
}

function hostsNotServed({ virtualService, gateway }: { virtualService: VirtualService; gateway: Gateway }) {
  const { namespace } = virtualService.metadata;
  const all = gateway.spec.servers.flatMap(({ hosts }) => hosts);
  const served = all.filter((host) => isForNamespace(host, { namespace, gateway })).map(hostPart);
  const { hosts } = virtualService.spec;
  const isServed = (host: string) =>
    served.some((pattern) => overlaps(pattern, host) || overlaps(pattern, resolveHost(host, namespace)));
  // Istio says nothing where one of several hosts is served.
  const code = hosts.some(isServed) ? 'M101-host-not-served' : 'IST0132';
  return hosts.flatMap((host, index) => {
    if (isServed(host)) return [];
    return [
      diagnose(virtualService, ['spec', 'hosts', index], {
        severity: 'warning',
        code,
        message: `gateway \`${gateway.metadata.name}\` does not serve host \`${host}\`, only ${all.map((name) => `\`${name}\``).join(', ')}`,
        fix: "add the host to the Gateway's `hosts`, or write one that it serves",
      }),
    ];
  });
}

/** A server may take routes of some namespaces only: `shop/app.example.com`, `./app.example.com`. */
function isForNamespace(
  host: string,
  { namespace, gateway }: { readonly namespace: string; readonly gateway: Gateway },
): boolean {
  const [wanted] = host.includes('/') ? host.split('/') : ['*'];
  return (
    wanted === '*' || wanted === namespace || (wanted === '.' && gateway.metadata.namespace === namespace)
  );
}

/** IST0109: two VirtualServices for the sidecars (gateway `mesh`) claim one host; only one of them can win. */
export const conflictingHosts: Rule = (analysis) => {
  const claims = analysis.of('VirtualService').flatMap((virtualService) => {
    const { gateways, hosts } = virtualService.spec;
    if (gateways.length > 0 && !gateways.includes('mesh')) return [];
    return hosts.map((host, index) => ({
      virtualService,
      host: resolveHost(host, virtualService.metadata.namespace),
      path: ['spec', 'hosts', index],
    }));
  });
  return duplicates(claims, ({ host }) => host).map(([claim, earlier]) => {
    const { name } = earlier.virtualService.metadata;
    const where = formatPosition(earlier.virtualService.document.at(earlier.path));
    return diagnose(claim.virtualService, claim.path, {
      code: 'IST0109',
      message: `host \`${claim.host}\` is also claimed by VirtualService \`${name}\` (${where}), and only one of them can win`,
      fix: `merge the rules into one VirtualService, or delete \`${name}\``,
    });
  });
};
