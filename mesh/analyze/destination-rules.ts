import { covers, fullHost } from '#mesh/analyze/registry.ts';
import type { DestinationRule } from '#mesh/schema/resource.ts';

/** The DestinationRules by the host that they apply to. */
export class DestinationRules {
  readonly #byHost: ReadonlyMap<string, readonly DestinationRule[]>;
  readonly #wildcards: readonly string[];

  constructor(rules: readonly DestinationRule[]) {
    const byHost = new Map<string, DestinationRule[]>();
    for (const rule of rules) {
      const host = fullHost(rule.spec.host, rule.metadata.namespace);
      byHost.set(host, [...(byHost.get(host) ?? []), rule]);
    }
    this.#byHost = byHost;
    this.#wildcards = [...byHost.keys()].filter((host) => host.startsWith('*'));
  }

  /** Those for a full host name, by wildcards too. */
  for(host: string): readonly DestinationRule[] {
    const hosts = new Set([host, ...this.#wildcards.filter((wildcard) => covers(wildcard, host))]);
    return [...hosts].flatMap((name) => this.#byHost.get(name) ?? []);
  }
}
