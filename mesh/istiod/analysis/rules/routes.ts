import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { RegistryHost } from '#mesh/istiod/analysis/registry.ts';
import { type WeightedRoute, weightedRoutes } from '#mesh/istiod/analysis/routed-destinations.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { type RuleKind, ruleKindsOf, selectProtocol } from '#mesh/istiod/config/build/protocol.ts';
import type { VirtualService } from '#mesh/istiod/config/schema/resource.ts';
import { once } from '#mesh/once.ts';

/**
 * IST0130: a rule behind one that takes every request, or all of whose matches stand in earlier rules; IST0131: a
 * single match that does.
 */
export const unreachableRules: Rule = (analysis) => analysis.of('VirtualService').flatMap(unreachable);

const unreachable = once((virtualService: VirtualService): readonly Diagnostic[] => {
  const rules = virtualService.spec.http;
  const catchAll = rules.findIndex(({ match }) => match.length === 0);
  const reachable = catchAll === -1 ? rules.length : catchAll + 1;
  const behind = rules.slice(reachable).map((_, offset) =>
    diagnose(virtualService, ['spec', 'http', reachable + offset], {
      severity: 'warning',
      code: 'IST0130',
      message: `this rule is never used: the rule before it (${ruleName(virtualService, catchAll)}) has no \`match\` and takes every request`,
      fix: 'move the rule without `match` to the end',
    }),
  );
  return [
    ...repeatedMatches(virtualService, reachable),
    ...coveredMatches(virtualService, reachable),
    ...behind,
  ];
});

function repeatedMatches(virtualService: VirtualService, reachable: number): readonly Diagnostic[] {
  const seen = new Map<string, number>();
  return virtualService.spec.http.slice(0, reachable).flatMap(({ match }, index) => {
    const repeated = match.flatMap((condition, item) => {
      const { name: _, ...conditions } = condition;
      const key = JSON.stringify(conditions);
      const earlier = seen.get(key);
      if (earlier === undefined) seen.set(key, index);
      return earlier === undefined ? [] : [{ item, earlier }];
    });
    if (repeated.length === 0) return [];
    if (repeated.length === match.length) return [neverUsed(virtualService, index)];
    return repeated.map((found) => ineffective({ virtualService, index, ...found }));
  });
}

interface PrefixMatch {
  readonly match: VirtualService['spec']['http'][number]['match'][number];
  readonly prefix: string;
  readonly index: number;
  readonly item: number;
}

/** A match by prefix behind one by a shorter prefix that takes all of the same requests. */
function coveredMatches(virtualService: VirtualService, reachable: number): readonly Diagnostic[] {
  const matches = virtualService.spec.http.slice(0, reachable).flatMap(({ match: all }, index) =>
    all.flatMap((match, item): PrefixMatch[] => {
      const prefix = match.uri?.prefix;
      return prefix ? [{ match, prefix, index, item }] : [];
    }),
  );
  return matches.flatMap((later, position) => {
    const earlier = matches.slice(0, position).find((candidate) => covers(candidate, later));
    return earlier ? [covered(virtualService, later, earlier)] : [];
  });
}

function covers(earlier: PrefixMatch, later: PrefixMatch): boolean {
  const isShorter = later.prefix.startsWith(earlier.prefix) && later.prefix !== earlier.prefix;
  return isShorter && conditionsOf(earlier) === conditionsOf(later);
}

/** Everything but the path. */
function conditionsOf({ match: { name: _name, uri: _uri, ...conditions } }: PrefixMatch): string {
  return JSON.stringify(conditions);
}

function covered(virtualService: VirtualService, later: PrefixMatch, earlier: PrefixMatch): Diagnostic {
  return diagnose(virtualService, ['spec', 'http', later.index, 'match', later.item], {
    severity: 'info',
    code: 'IST0131',
    message: `this match of prefix \`${later.prefix}\` is never used: ${ruleName(virtualService, earlier.index)} takes everything with prefix \`${earlier.prefix}\``,
    fix: 'move it before that rule, or remove it',
  });
}

function neverUsed(virtualService: VirtualService, index: number): Diagnostic {
  return diagnose(virtualService, ['spec', 'http', index], {
    severity: 'warning',
    code: 'IST0130',
    message: 'this rule is never used: earlier rules have all of its matches',
    fix: 'change its `match`, move it up, or remove it',
  });
}

interface Ineffective {
  readonly virtualService: VirtualService;
  readonly index: number;
  readonly item: number;
  readonly earlier: number;
}

function ineffective({ virtualService, index, item, earlier }: Ineffective): Diagnostic {
  return diagnose(virtualService, ['spec', 'http', index, 'match', item], {
    severity: 'info',
    code: 'IST0131',
    message: `this match is never used: ${ruleName(virtualService, earlier)} has the same`,
    fix: 'change or remove it',
  });
}

function ruleName(virtualService: VirtualService, index: number): string {
  return virtualService.spec.http[index]?.name ?? `spec.http[${index}]`;
}

/**
 * Istio takes weights as shares of their sum, whatever the sum is. A sum other than 100 and a destination without weight are more often slips than intentions, so both get a warning.
 */
export const weights: Rule = (analysis) => analysis.of('VirtualService').flatMap(weightProblems);

function weightProblems(virtualService: VirtualService): readonly Diagnostic[] {
  return weightedRoutes(virtualService).flatMap(({ route, path }) => {
    if (route.length < 2) return [];
    const sum = route.reduce((total, { weight = 0 }) => total + weight, 0);
    // Istio's validation refuses a sum of zero.
    if (sum === 0) return [];
    const missing = route.flatMap(({ weight, destination }, item) =>
      weight === undefined
        ? [noWeight({ virtualService, path: [...path, item], host: destination.host, sum })]
        : [],
    );
    return sum === 100 ? missing : [...missing, oddSum({ virtualService, path, route })];
  });
}

type Path = readonly (string | number)[];

function noWeight(found: {
  virtualService: VirtualService;
  path: Path;
  host: string;
  sum: number;
}): Diagnostic {
  return diagnose(found.virtualService, found.path, {
    severity: 'warning',
    code: 'M101-missing-weight',
    message: `destination \`${found.host}\` has no weight beside others that have one, so it gets no request`,
    fix: found.sum < 100 ? `add \`weight: ${100 - found.sum}\`` : 'add a `weight`, or remove the destination',
  });
}

function oddSum({
  virtualService,
  path,
  route,
}: WeightedRoute & { virtualService: VirtualService }): Diagnostic {
  const sum = route.reduce((total, { weight = 0 }) => total + weight, 0);
  const shares = route.map(({ weight = 0 }) => `${weight}/${sum} = ${((100 * weight) / sum).toFixed(1)} %`);
  return diagnose(virtualService, path, {
    severity: 'warning',
    code: 'M101-weight-sum',
    message: `the weights sum to ${sum}, not 100: each destination gets its share of the sum (${shares.join(', ')})`,
    fix: 'make the weights sum to 100, so that they read as percentages',
  });
}

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
  const found = spec.hosts.map((host) => analysis.registry.find(resolveHost(host, metadata.namespace)));
  const hosts = found.filter((host) => host !== undefined);
  // A host that is not declared may be anything; rules without hosts are for others to delegate to.
  if (found.length === 0 || hosts.length < found.length) return [];
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
    ? resource.spec.ports.flatMap(({ name, appProtocol, port }) =>
        ruleKindsOf(selectProtocol({ name, appProtocol, port })),
      )
    : resource.spec.ports.flatMap(({ protocol }) => ruleKindsOf(selectProtocol({ protocol })));
}
