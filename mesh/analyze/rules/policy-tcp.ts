import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import { isHttp, selectProtocol } from '#mesh/model/build/protocol.ts';
import type { AuthorizationPolicy, Service } from '#mesh/schema/resource.ts';

/** M101-tcp-policy: a DENY rule without port that asks for what only requests have denies every TCP connection. */
export const policyTcp: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const service = policy.spec.action === 'DENY' ? tcpService(analysis, policy) : undefined;
    if (!service) return [];
    return httpOnlyOperations(policy).map((path) =>
      diagnose(policy, path, {
        severity: 'warning',
        code: 'M101-tcp-policy',
        message: `TCP connections have no methods, paths and hosts, so the rule denies all of them, as to Service \`${service.metadata.name}\``,
        fix: 'add `ports` with the ports that carry HTTP',
      }),
    );
  });

function httpOnlyOperations({ spec }: AuthorizationPolicy): readonly YamlPath[] {
  return spec.rules.flatMap((rule, index) =>
    // A caller's identity limits the rule for TCP too.
    rule.from
      ? []
      : (rule.to ?? []).flatMap(({ operation: { ports, notPorts } }, entry) =>
          ports || notPorts ? [] : [['spec', 'rules', index, 'to', entry, 'operation'] as const],
        ),
  );
}

/** A Service with a TCP port in front of pods that the policy is for. */
function tcpService(analysis: Analysis, { metadata, spec }: AuthorizationPolicy): Service | undefined {
  const labels = spec.selector?.matchLabels ?? {};
  const selective = Object.keys(labels).length > 0;
  const pods = new Set(analysis.workloads.selectedBy(labels, metadata.namespace));
  return analysis
    .of('Service')
    .filter((service) => service.metadata.namespace === metadata.namespace && hasTcpPort(service))
    .find((service) => {
      const behind = analysis.workloads.selectedBy(service.spec.selector, metadata.namespace);
      return selective ? behind.some((pod) => pods.has(pod)) : behind.length > 0;
    });
}

function hasTcpPort({ spec }: Service): boolean {
  return spec.ports.some(({ name, appProtocol }) => !isHttp(selectProtocol({ name, appProtocol })));
}
