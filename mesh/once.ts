/**
 * Computes what follows from an object once, as long as the object lives. For objects that nobody changes, such as the
 * lists of one translation.
 */
export function once<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key) ?? { value: compute(key) };
    known.set(key, found);
    return found.value;
  };
}

/** The same for what follows from other things as well: it is computed again when one of them is not the one that it was. */
export function onceWith<K extends object, V>(): (key: K, others: readonly unknown[], compute: () => V) => V {
  const known = new WeakMap<K, { readonly others: readonly unknown[]; readonly value: V }>();
  return (key, others, compute) => {
    const last = known.get(key);
    if (last && areSame(last.others, others)) return last.value;
    const value = compute();
    known.set(key, { others, value });
    return value;
  };
}

/** Whether two lists hold the very same things in the same order. */
export function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
