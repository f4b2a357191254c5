/**
 * `after`, with each part that equals its counterpart in `before` being that very object: what has been made of a part that did
 * not change need not be made again. For plain data that nobody changes; anything else counts as changed.
 */
export function keepEqual<T>(before: unknown, after: T): T {
  if (before === after || !isObject(before) || !isObject(after)) return after;
  if (Array.isArray(after)) return Array.isArray(before) ? (keepItems(before, after) as T) : after;
  return isPlain(before) && isPlain(after) ? (keepMembers(before, after) as T) : after;
}

type Members = Readonly<Record<string, unknown>>;

/** Items before the first change are compared with those at their place, the others from the end. */
function keepItems(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const shift = before.length - after.length;
  let moved = shift === 0;
  let isSame = shift === 0;
  const kept = after.map((item, index) => {
    const there = moved ? before[index + shift] : before[index];
    const same = keepEqual(there, item);
    if (same === there) return same;
    isSame = false;
    if (moved) return same;
    moved = true;
    return keepEqual(before[index + shift], item);
  });
  return isSame ? before : kept;
}

function keepMembers(before: Members, after: Members): Members {
  const names = Object.keys(after);
  const kept = names.map((name) => keepEqual(before[name], after[name]));
  const isSame =
    Object.keys(before).length === names.length &&
    names.every((name, index) => kept[index] === before[name] && Object.hasOwn(before, name));
  return isSame ? before : Object.fromEntries(names.map((name, index) => [name, kept[index]]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: object): value is Members {
  return Object.getPrototypeOf(value) === Object.prototype;
}
