import { bySpecificity, hostMatches } from '#mesh/istiod/config/build/hosts.ts';

interface Entry<T> {
  readonly pattern: string;
  readonly item: T;
}

/** Finds what covers a host without a look at everything: by name, then through the patterns alone. */
export class HostIndex<T> {
  readonly #exact: ReadonlyMap<string, readonly Entry<T>[]>;
  /** From the most to the least specific, in the order of the items among equals. */
  readonly #patterns: readonly Entry<T>[];

  /** @param hostsOf FQDNs and patterns (`*`, `*.suffix`) of an item */
  constructor(items: readonly T[], hostsOf: (item: T) => readonly string[]) {
    const entries = items.flatMap((item) => hostsOf(item).map((pattern) => ({ pattern, item })));
    const [patterns, names] = [true, false].map((wanted) =>
      entries.filter(({ pattern }) => pattern.startsWith('*') === wanted),
    ) as [Entry<T>[], Entry<T>[]];
    this.#exact = Map.groupBy(names, ({ pattern }) => pattern);
    this.#patterns = patterns.sort((a, b) => bySpecificity(a.pattern, b.pattern));
  }

  /** The items that cover `host`, the most specific first, and in their order among equals. */
  covering(host: string): readonly Entry<T>[] {
    const covering = this.#patterns.filter(({ pattern }) => hostMatches(pattern, host));
    return [...(this.#exact.get(host) ?? []), ...covering];
  }

  /** The first item that names exactly this host, or pattern. */
  named(host: string): T | undefined {
    const [exact] = this.#exact.get(host) ?? [];
    return (exact ?? this.#patterns.find(({ pattern }) => pattern === host))?.item;
  }

  /** Whether `pattern`, a FQDN or a pattern itself, covers a host of an item. */
  isCovered(pattern: string): boolean {
    if (!pattern.startsWith('*')) return this.#exact.has(pattern);
    const covers = (host: string) => hostMatches(pattern, host);
    return [...this.#exact.keys()].some(covers) || this.#patterns.some((entry) => covers(entry.pattern));
  }

  /** The items with a host that `pattern`, a FQDN or a pattern itself, covers. */
  within(pattern: string): readonly T[] {
    if (!pattern.startsWith('*')) return (this.#exact.get(pattern) ?? []).map(({ item }) => item);
    return [...[...this.#exact.values()].flat(), ...this.#patterns]
      .filter((entry) => hostMatches(pattern, entry.pattern))
      .map(({ item }) => item);
  }
}
