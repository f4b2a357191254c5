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
  const kept: unknown[] = [];
  for (const [index, item] of after.entries()) {
    let there = moved ? before[index + shift] : before[index];
    let same = keepEqual(there, item);
    if (same !== there && !moved) {
      moved = true;
      there = before[index + shift];
      same = keepEqual(there, item);
    }
    isSame &&= same === there;
    kept.push(same);
  }
  return isSame ? before : kept;
}

function keepMembers(before: Members, after: Members): Members {
  const names = Object.keys(after);
  let isSame = Object.keys(before).length === names.length;
  const kept: unknown[] = [];
  for (const name of names) {
    const there = before[name];
    const same = keepEqual(there, after[name]);
    isSame &&= same === there && (there !== undefined || Object.hasOwn(before, name));
    kept.push(same);
  }
  return isSame ? before : Object.fromEntries(names.map((name, index) => [name, kept[index]]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: object): value is Members {
  return Object.getPrototypeOf(value) === Object.prototype;
}
