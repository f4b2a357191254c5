import { fullHost, type RegistryHost } from '#mesh/analyze/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { type RuleKind, ruleKindOf, selectProtocol } from '#mesh/model/build/protocol.ts';
import type { VirtualService } from '#mesh/schema/resource.ts';

const fixes: Readonly<Record<RuleKind, string>> = {
  http: 'name a port `http` or `http-…`, or write the rules under `tcp`',
  tls: 'name a port `tls` or `https`, or write the rules under `http` or `tcp`',
  tcp: 'name a port `tcp` or `tcp-…`, or write the rules under `http`',
};

/** M101-rule-protocol: rules for sidecars that no port of their host can follow, because all carry other protocols. */
export const ruleProtocol: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) => {
    const { gateways } = virtualService.spec;
    return gateways.length > 0 && !gateways.includes('mesh') ? [] : unused(analysis, virtualService);
  });

function unused(analysis: Analysis, virtualService: VirtualService): readonly Diagnostic[] {
  const { spec, metadata } = virtualService;
  const found = spec.hosts.map((host) => analysis.registry.find(fullHost(host, metadata.namespace)));
  const hosts = found.filter((host) => host !== undefined);
  // A host that is not declared may be anything.
  if (hosts.length < found.length) return [];
  const carried = new Set(hosts.flatMap(ruleKinds));
  return (['http', 'tls', 'tcp'] as const)
    .filter((kind) => spec[kind].length > 0 && !carried.has(kind))
    .map((kind) =>
      diagnose(virtualService, ['spec', kind], {
        severity: 'warning',
        code: 'M101-rule-protocol',
        message: `no port of ${spec.hosts.map((host) => `\`${host}\``).join(', ')} carries ${kind.toUpperCase()}, so these rules are never used`,
        fix: fixes[kind],
      }),
    );
}

function ruleKinds({ resource }: RegistryHost): readonly RuleKind[] {
  // A Service's `protocol` is that of the transport.
  return resource.kind === 'Service'
    ? resource.spec.ports.map(({ name, appProtocol }) => ruleKindOf(selectProtocol({ name, appProtocol })))
    : resource.spec.ports.map((port) => ruleKindOf(selectProtocol(port)));
}
