import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import type { TrafficPolicy } from '#mesh/schema/istio/destination-rule/traffic-policy.ts';
import type { DestinationRule } from '#mesh/schema/resource.ts';

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
}

function settingsOf({ spec }: DestinationRule): readonly Setting[] {
  const subsets = spec.subsets.flatMap(({ trafficPolicy }, index) =>
    policySettings(trafficPolicy, ['spec', 'subsets', index, 'trafficPolicy']),
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

function withoutCa(destinationRule: DestinationRule, { tls, path, port }: Setting): readonly Diagnostic[] {
  if (!['SIMPLE', 'MUTUAL'].includes(tls.mode) || tls.caCertificates !== undefined) return [];
  if (tls.insecureSkipVerify || 'credentialName' in tls) return [];
  const where = port === undefined ? '' : ` at port ${port}`;
  return [
    diagnose(destinationRule, path, {
      severity: 'warning',
      code: port === undefined ? 'IST0128' : 'IST0129',
      message: `TLS mode ${tls.mode} without \`caCertificates\`${where}: the server's certificate may go unverified`,
      fix: 'add `caCertificates`, such as `system` for the certificate authorities of the operating system',
    }),
  ];
}
