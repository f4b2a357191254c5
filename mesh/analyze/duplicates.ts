/** The items whose key an earlier item has already, each with that earlier one. */
export function duplicates<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
): readonly (readonly [Item, Item])[] {
  const first = new Map<string, Item>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    const earlier = first.get(key);
    if (earlier !== undefined) return [[item, earlier] as const];
    first.set(key, item);
    return [];
  });
}
