import { fullHost, overlaps } from '#mesh/analyze/registry.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';

/** IST0101 as a warning: a DestinationRule for a host that nobody declares has no effect, but does no harm. */
export const destinationRuleHost: Rule = (analysis) =>
  analysis.of('DestinationRule').flatMap((destinationRule) => {
    const { namespace } = destinationRule.metadata;
    const host = fullHost(destinationRule.spec.host, namespace);
    const known =
      analysis.registry.find(host) ||
      [...analysis.registry.hosts.keys()].some((declared) => overlaps(declared, host));
    if (known) return [];
    return [
      diagnose(destinationRule, ['spec', 'host'], {
        severity: 'warning',
        code: 'IST0101',
        message: `host \`${destinationRule.spec.host}\` not found, so this DestinationRule has no effect`,
        fix: didYouMean(destinationRule.spec.host, analysis.registry.namesFor(namespace)),
      }),
    ];
  });
