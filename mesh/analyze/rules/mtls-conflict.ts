import { fullHost } from '#mesh/analyze/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { selects } from '#mesh/analyze/workloads.ts';
import { formatPosition } from '#mesh/diagnostic.ts';
import type { Deployment, DestinationRule, PeerAuthentication } from '#mesh/schema/resource.ts';

/** IST0113: clients are told to talk in plain text to pods that accept mutual TLS only. */
export const mtlsConflict: Rule = (analysis) =>
  analysis.of('DestinationRule').flatMap((destinationRule) => {
    if (destinationRule.spec.trafficPolicy?.tls?.mode !== 'DISABLE') return [];
    const policy = strictPolicy(analysis, destinationRule);
    if (!policy) return [];
    const where = formatPosition(policy.document.at(['spec', 'mtls', 'mode']));
    return [
      diagnose(destinationRule, ['spec', 'trafficPolicy', 'tls', 'mode'], {
        severity: 'warning',
        code: 'IST0113',
        message: `mode DISABLE sends plain text, but PeerAuthentication \`${policy.metadata.name}\` (${where}) demands mutual TLS of \`${destinationRule.spec.host}\`: requests will fail`,
        fix: 'write `mode: ISTIO_MUTUAL`, or relax the PeerAuthentication to PERMISSIVE',
      }),
    ];
  });

function strictPolicy(
  analysis: Analysis,
  { spec, metadata }: DestinationRule,
): PeerAuthentication | undefined {
  const service = analysis.registry.find(fullHost(spec.host, metadata.namespace))?.resource;
  if (service?.kind !== 'Service') return undefined;
  const [pods] = analysis.workloads.selectedBy(service.spec.selector, service.metadata.namespace);
  const policy = pods && effectivePolicy(analysis.of('PeerAuthentication'), pods);
  return policy?.spec.mtls?.mode === 'STRICT' ? policy : undefined;
}

/** The narrowest wins: for the pods, for their namespace, for the mesh (in the root namespace istio-system). */
function effectivePolicy(
  policies: readonly PeerAuthentication[],
  { metadata, spec }: Deployment,
): PeerAuthentication | undefined {
  const decided = policies.filter(({ spec: { mtls } }) => mtls !== undefined && mtls.mode !== 'UNSET');
  const own = decided.filter((policy) => policy.metadata.namespace === metadata.namespace);
  const labels = spec.template.metadata.labels;
  const isWhole = ({ spec: { selector } }: PeerAuthentication) =>
    Object.keys(selector?.matchLabels ?? {}).length === 0;
  return (
    own.find((policy) => !isWhole(policy) && selects(policy.spec.selector?.matchLabels ?? {}, labels)) ??
    own.find(isWhole) ??
    decided.find((policy) => policy.metadata.namespace === 'istio-system' && isWhole(policy))
  );
}
