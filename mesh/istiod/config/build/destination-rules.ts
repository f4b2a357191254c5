import type { Position } from '#mesh/diagnostic.ts';
import { HostIndex } from '#mesh/istiod/config/build/host-index.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import { policiesAt } from '#mesh/istiod/config/build/traffic-policy.ts';
import { type Caller, exportedTo, isRestricted, isVisible } from '#mesh/istiod/config/build/visibility.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import type { DestinationRule } from '#mesh/istiod/config/schema/resource.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import { once, onceWith } from '#mesh/once.ts';

type Spec = DestinationRule['spec'];

/** The DestinationRules of one namespace for one host as one: the oldest says the policy, all of them name subsets. */
export interface MergedRule {
  /** The oldest. */
  readonly first: DestinationRule;
  readonly trafficPolicy: Spec['trafficPolicy'];
  readonly subsets: readonly { readonly subset: Spec['subsets'][number]; readonly source: Position }[];
}

/** Finds what a caller's proxy follows on the way to a service. */
export class DestinationRuleIndex {
  readonly #byNamespace: ReadonlyMap<string, HostIndex<MergedRule>>;

  /** @param rules the oldest first */
  constructor(rules: readonly DestinationRule[]) {
    const byNamespace = Map.groupBy(rules, ({ metadata }) => metadata.namespace);
    this.#byNamespace = new Map(
      [...byNamespace].map(([namespace, own]) => [
        namespace,
        new HostIndex(mergedRules(own), ({ first }) => [hostOf(first)]),
      ]),
    );
  }

  /**
   * Looked for in the caller's namespace, then in the service's, then in the root namespace; in each the most specific host
   * decides (https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration).
   */
  find(service: Pick<Service, 'host' | 'namespace'>, caller: Caller): MergedRule | undefined {
    const exported = ({ first }: MergedRule) => isVisible(first, caller.namespace);
    // Rules of the root namespace are for everybody, not first of all for its own proxies.
    const isRoot = caller.namespace === ROOT_NAMESPACE;
    const own = isRoot
      ? ({ first }: MergedRule) => isRestricted(first) && isVisible(first, ROOT_NAMESPACE)
      : exported;
    return (
      this.#in(caller.namespace, service, caller, own) ??
      this.#in(service.namespace, service, caller, exported) ??
      this.#in(ROOT_NAMESPACE, service, caller, exported)
    );
  }

  #in(
    namespace: string,
    { host }: Pick<Service, 'host'>,
    caller: Caller,
    isMeant: (rule: MergedRule) => boolean,
  ): MergedRule | undefined {
    const found = (this.#byNamespace.get(namespace)?.covering(host) ?? []).filter(
      ({ item }) => isMeant(item) && isForWorkload(item.first, caller),
    );
    const equals = found.filter(({ pattern }) => pattern === found[0]?.pattern).map(({ item }) => item);
    return equals.find(({ first }) => first.spec.workloadSelector) ?? equals[0];
  }
}

/** Rules with a selector apply only to workloads in the rule's namespace. */
function isForWorkload({ spec, metadata }: DestinationRule, { namespace, labels }: Caller): boolean {
  const { workloadSelector: selector } = spec;
  return !selector || (metadata.namespace === namespace && selects(selector.matchLabels, labels));
}

function mergedRules(rules: readonly DestinationRule[]): readonly MergedRule[] {
  const groups = Map.groupBy(rules, (rule) =>
    JSON.stringify([hostOf(rule), [...exportedTo(rule)].sort(), rule.spec.workloadSelector?.matchLabels]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? latest(first, group, () => merged(first, group)) : [];
  });
}

/** The same rules are the same one. */
const latest = onceWith<DestinationRule, MergedRule>();

function merged(first: DestinationRule, group: readonly DestinationRule[]): MergedRule {
  const all = group.flatMap(({ spec, document }) =>
    spec.subsets.map((subset, index) => ({ subset, source: document.at(['spec', 'subsets', index]) })),
  );
  const subsets = all.filter(
    ({ subset }, index) => all.findIndex((one) => one.subset.name === subset.name) === index,
  );
  const trafficPolicy = group.find(({ spec }) => spec.trafficPolicy)?.spec.trafficPolicy;
  return { first, trafficPolicy, subsets };
}

export function hostOf({ spec, metadata }: DestinationRule): string {
  return resolveHost(spec.host, metadata.namespace);
}

/** A service as callers with this rule know it. */
export function withRule(service: Service, rule: MergedRule | undefined): Service {
  const { alone, by } = ruled(service);
  return rule ? by(rule) : alone;
}

const ruled = once((service: Service) => ({
  alone: underRule(service, undefined),
  by: once((rule: MergedRule) => underRule(service, rule)),
}));

function underRule(service: Service, rule: MergedRule | undefined): Service {
  const ports = service.ports.map((port) => ({ ...port, trafficPolicies: policiesAt(rule, port.number) }));
  if (!rule) return { ...service, ports };
  const { first, subsets } = rule;
  const { name, namespace } = first.metadata;
  return {
    ...service,
    ports,
    subsets: subsets.map(({ subset: { name, labels }, source }) => ({ name, labels, source })),
    destinationRule: {
      ...{ name, namespace, source: first.document.at(['spec']) },
      ...(first.spec.workloadSelector && { selects: true as const }),
    },
  };
}
