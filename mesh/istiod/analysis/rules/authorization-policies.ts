import { policyValues } from '#mesh/istiod/analysis/policy-fields.ts';
import { labelText, type Workload } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { targetsOf } from '#mesh/istiod/config/build/input.ts';
import { ruleKindsOf, selectProtocol } from '#mesh/istiod/config/build/protocol.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import type { AuthorizationPolicy, Service } from '#mesh/istiod/config/schema/resource.ts';

/** M101-no-token-rule: a policy asks for tokens where no RequestAuthentication says whose are believed. */
export const policyTokens: Rule = (analysis) => {
  const namespaces = new Set(analysis.of('RequestAuthentication').map(({ metadata }) => metadata.namespace));
  if (namespaces.has(ROOT_NAMESPACE)) return [];
  return analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const [first] = policyValues(policy).filter(({ attribute }) => attribute.startsWith('request.auth.'));
    if (!first || namespaces.has(policy.metadata.namespace)) return [];
    return [
      diagnose(policy, first.path, {
        severity: 'warning',
        code: 'M101-no-token-rule',
        message: 'there is no RequestAuthentication, so no request has a valid token',
        fix: 'add a RequestAuthentication with the issuer of the tokens to this namespace',
      }),
    ];
  });
};

/** M101-no-keys: an issuer without keys. */
export const tokenKeys: Rule = (analysis) =>
  analysis.of('RequestAuthentication').flatMap((authentication) =>
    authentication.spec.jwtRules.flatMap(({ issuer, ...rule }, index) =>
      'jwks' in rule || 'jwksUri' in rule
        ? []
        : [
            diagnose(authentication, ['spec', 'jwtRules', index], {
              severity: 'warning',
              code: 'M101-no-keys',
              message: `the laptop does not ask \`${issuer}\` for its keys by OpenID discovery, so none of its tokens is valid`,
              fix: 'add `jwksUri`, or `jwks` with the keys',
            }),
          ],
    ),
  );

/** M101-policy-port: a port that none of the selected pods has, often that of their Service. */
export const policyPorts: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const pods = selected(analysis, policy);
    const ports = [...new Set(pods.flatMap(portsOf))].sort((a, b) => a - b);
    if (ports.length === 0) return [];
    return policyValues(policy)
      .filter(({ attribute, value }) => attribute === 'destination.port' && !ports.includes(Number(value)))
      .map(({ value, path }) =>
        diagnose(policy, path, {
          severity: 'warning',
          code: 'M101-policy-port',
          message: `none of the selected pods has port ${value}, so this value matches nothing`,
          fix: `name the pod's port and not the Service's: ${ports.map((port) => `"${port}"`).join(', ')}`,
        }),
      );
  });

/** None where the policy may be for the gateway, whose ports are not among the files. */
function selected(analysis: Analysis, { metadata, spec }: AuthorizationPolicy): readonly Workload[] {
  if (metadata.namespace === ROOT_NAMESPACE || targetsOf(spec)) return [];
  const labels = spec.selector?.matchLabels ?? {};
  if (Object.keys(labels).length > 0) return analysis.workloads.selectedBy(labels, metadata.namespace);
  return analysis.workloads.within(metadata.namespace);
}

function portsOf({ spec }: Workload): readonly number[] {
  const { containers } = spec.template.spec;
  return containers.flatMap(({ ports }) => ports.map(({ containerPort }) => containerPort));
}

const LOOPBACK = /^(127\.|0\.0\.0\.0\/0$|::)/;

/** M101-laptop-address: addresses of a cluster, where on a laptop every connection comes from 127.0.0.1. */
export const policyAddresses: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const [first] = policyValues(policy).filter(
      ({ attribute, value }) => ['source.ip', 'destination.ip'].includes(attribute) && !LOOPBACK.test(value),
    );
    if (!first) return [];
    return [
      diagnose(policy, first.path, {
        severity: 'warning',
        code: 'M101-laptop-address',
        message: `on the laptop every connection comes from and goes to 127.0.0.1, never ${first.value}`,
        fix: 'try the policy with accounts or namespaces, or on a cluster',
      }),
    ];
  });

/** IST0127: an authorization policy or a request authentication whose selector selects no pod. */
export const policySelector: Rule = (analysis) =>
  [...analysis.of('AuthorizationPolicy'), ...analysis.of('RequestAuthentication')].flatMap((policy) => {
    const labels = policy.spec.selector?.matchLabels ?? {};
    const { namespace } = policy.metadata;
    if (Object.keys(labels).length === 0 || namespace === ROOT_NAMESPACE) return [];
    if (analysis.workloads.selectedBy(labels, namespace).length > 0) return [];
    return [
      diagnose(policy, ['spec', 'selector'], {
        severity: 'warning',
        code: 'IST0127',
        message: `no pod has the labels ${labelText(labels)}, so the policy has no effect`,
        fix: "write labels that are in a Deployment's `spec.template.metadata.labels`",
      }),
    ];
  });

/** M101-tcp-policy: a DENY rule without port that asks for what only requests have denies every TCP connection. */
export const policyTcp: Rule = (analysis) =>
  analysis.of('AuthorizationPolicy').flatMap((policy) => {
    const isForPods = policy.spec.action === 'DENY' && !targetsOf(policy.spec);
    const service = isForPods ? tcpService(analysis, policy) : undefined;
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
  return spec.ports.some(
    ({ name, appProtocol, port }) =>
      !ruleKindsOf(selectProtocol({ name, appProtocol, port })).includes('http'),
  );
}
