import type { JsonObject } from '#mesh/envoy/config.ts';

/** A filter chain, and the server names for which TLS greetings choose it; `*` for every connection. */
export interface NamedChain {
  readonly names: readonly string[];
  readonly chain: JsonObject;
}

/** Chains by server name. Envoy refuses a name that comes twice: the first chain has it. */
export function uniqueChains(chains: readonly NamedChain[]): JsonObject[] {
  const taken = new Set<string>();
  return chains.flatMap(({ names, chain }) => {
    const own = names.filter((name) => !taken.has(name));
    for (const name of own) taken.add(name);
    return own.length > 0 ? [{ ...nameMatch(own), ...chain }] : [];
  });
}

function nameMatch(names: readonly string[]): JsonObject {
  return names.includes('*') ? {} : { filter_chain_match: { server_names: names } };
}
