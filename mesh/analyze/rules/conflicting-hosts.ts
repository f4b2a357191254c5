import { duplicates } from '#mesh/analyze/duplicates.ts';
import { fullHost } from '#mesh/analyze/registry.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { formatPosition } from '#mesh/diagnostic.ts';

/** IST0109: two VirtualServices for the sidecars (gateway `mesh`) claim one host; only one of them can win. */
export const conflictingHosts: Rule = (analysis) => {
  const claims = analysis.of('VirtualService').flatMap((virtualService) => {
    const { gateways, hosts } = virtualService.spec;
    if (gateways.length > 0 && !gateways.includes('mesh')) return [];
    return hosts.map((host, index) => ({
      virtualService,
      host: fullHost(host, virtualService.metadata.namespace),
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
