import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import { labelText, type Workload } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { TrafficPolicy } from '#mesh/istiod/config/schema/istio/destination-rule/destination-rule.ts';
import type { DestinationRule, PeerAuthentication } from '#mesh/istiod/config/schema/resource.ts';

/**
 * IST0106: MUTUAL without its certificate; IST0128 and IST0129 (for one port): TLS without a CA, which encrypts but
 * does not tell who answers.
 */
export const clientTls: Rule = (analysis: Analysis) =>
  analysis
    .of('DestinationRule')
    .flatMap((destinationRule) =>
      settingsOf(destinationRule).flatMap((setting) => [
        ...withoutCertificate(destinationRule, setting),
        ...withoutCa(destinationRule, setting),
      ]),
    );

interface Setting {
  readonly tls: NonNullable<TrafficPolicy['tls']>;
  readonly path: YamlPath;
  readonly port?: number;
  /** Istio looks at no subset. */
  readonly ofSubset?: true;
}

function settingsOf({ spec }: DestinationRule): readonly Setting[] {
  const subsets = spec.subsets.flatMap(({ trafficPolicy }, index) =>
    policySettings(trafficPolicy, ['spec', 'subsets', index, 'trafficPolicy']).map(
      (setting) => ({ ...setting, ofSubset: true }) as const,
    ),
  );
  return [...policySettings(spec.trafficPolicy, ['spec', 'trafficPolicy']), ...subsets];
}

function policySettings(policy: TrafficPolicy | undefined, path: YamlPath): readonly Setting[] {
  const whole = policy?.tls ? [{ tls: policy.tls, path: [...path, 'tls'] }] : [];
  const ports = (policy?.portLevelSettings ?? []).flatMap(({ tls, port }, index) =>
    tls ? [{ tls, path: [...path, 'portLevelSettings', index, 'tls'], port: port.number }] : [],
  );
  return [...whole, ...ports];
}

function withoutCertificate(destinationRule: DestinationRule, { tls, path }: Setting): readonly Diagnostic[] {
  if (tls.mode !== 'MUTUAL' || 'credentialName' in tls) return [];
  const missing = (['clientCertificate', 'privateKey'] as const).filter((field) => tls[field] === undefined);
  return missing.map((field) =>
    diagnose(destinationRule, path, {
      code: 'IST0106',
      message: `TLS mode MUTUAL needs \`${field}\``,
      fix: `add \`${field}\`, or use ISTIO_MUTUAL for services of the mesh`,
    }),
  );
}

function withoutCa(
  destinationRule: DestinationRule,
  { tls, path, port, ofSubset }: Setting,
): readonly Diagnostic[] {
  if (!['SIMPLE', 'MUTUAL'].includes(tls.mode) || tls.caCertificates !== undefined) return [];
  if ('credentialName' in tls) return [];
  const where = port === undefined ? '' : ` at port ${port}`;
  const code = port === undefined ? 'IST0128' : 'IST0129';
  return [
    diagnose(destinationRule, path, {
      severity: 'warning',
      code: ofSubset ? 'M101-unverified-server' : code,
      message: `TLS mode ${tls.mode} without \`caCertificates\`${where}: the server's certificate may go unverified`,
      fix: 'add `caCertificates`, such as `system` for the certificate authorities of the operating system',
    }),
  ];
}

/** Istio's own rule for this is gone, but the requests still fail: clients are told to talk in plain text to pods that accept mutual TLS only. */
export const mtlsConflict: Rule = (analysis) =>
  analysis.of('DestinationRule').flatMap((destinationRule) => {
    if (destinationRule.spec.trafficPolicy?.tls?.mode !== 'DISABLE') return [];
    const policy = strictPolicy(analysis, destinationRule);
    if (!policy) return [];
    const where = formatPosition(policy.document.at(['spec', 'mtls', 'mode']));
    return [
      diagnose(destinationRule, ['spec', 'trafficPolicy', 'tls', 'mode'], {
        severity: 'warning',
        code: 'M101-mtls-conflict',
        message: `mode DISABLE sends plain text, but PeerAuthentication \`${policy.metadata.name}\` (${where}) demands mutual TLS of \`${destinationRule.spec.host}\`: requests will fail`,
        fix: 'write `mode: ISTIO_MUTUAL`, or relax the PeerAuthentication to PERMISSIVE',
      }),
    ];
  });

function strictPolicy(
  analysis: Analysis,
  { spec, metadata }: DestinationRule,
): PeerAuthentication | undefined {
  const service = analysis.registry.find(resolveHost(spec.host, metadata.namespace))?.resource;
  if (service?.kind !== 'Service') return undefined;
  const [pods] = analysis.workloads.selectedBy(service.spec.selector, service.metadata.namespace);
  const policy = pods && effectivePolicy(analysis.of('PeerAuthentication'), pods);
  return policy?.spec.mtls?.mode === 'STRICT' ? policy : undefined;
}

/** The narrowest wins: for the pods, for their namespace, for the mesh (in the root namespace istio-system). */
function effectivePolicy(
  policies: readonly PeerAuthentication[],
  { metadata, spec }: Workload,
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

/**
 * IST0127: a selector that selects no pod; M101-second-policy: a second
 * policy for a whole namespace, of which Istio uses the older.
 */
export const peerAuthentication: Rule = (analysis) => {
  const policies = analysis.of('PeerAuthentication');
  return [...policies.flatMap((policy) => ownProblems(analysis, policy)), ...secondPolicies(policies)];
};

function ownProblems(analysis: Analysis, policy: PeerAuthentication): readonly Diagnostic[] {
  const { selector } = policy.spec;
  const { namespace } = policy.metadata;
  if (!isSelective(policy)) return [];
  const labels = selector?.matchLabels ?? {};
  if (analysis.workloads.selectedBy(labels, namespace).length > 0) return [];
  const message = `no pod has the labels ${labelText(labels)}, so the policy has no effect`;
  const fix = "write labels that are in a Deployment's `spec.template.metadata.labels`";
  return [diagnose(policy, ['spec', 'selector'], { severity: 'warning', code: 'IST0127', message, fix })];
}

function secondPolicies(policies: readonly PeerAuthentication[]): readonly Diagnostic[] {
  const whole = policies.filter((policy) => !isSelective(policy));
  return duplicates(whole, ({ metadata }) => metadata.namespace).map(([policy, earlier]) =>
    diagnose(policy, ['metadata', 'name'], {
      severity: 'warning',
      code: 'M101-second-policy',
      message: `PeerAuthentication \`${earlier.metadata.name}\` (${formatPosition(earlier.document.at(['metadata', 'name']))}) is for the whole namespace too, and Istio uses only the older`,
      fix: 'keep one of them',
    }),
  );
}

function isSelective({ spec }: PeerAuthentication): boolean {
  return Object.keys(spec.selector?.matchLabels ?? {}).length > 0;
}
