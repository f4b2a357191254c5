import type { YamlPath } from '#mesh/istiod/config/load/document.ts';

export interface Watched {
  readonly value: object;
  /** The fields that nobody has asked for, those below them left out. */
  unread(): readonly YamlPath[];
}

/**
 * The same data, noting which fields a reader asks for. A validator asks for each field that its schema has, absent ones
 * too, so what it never asks for is a field that the schema does not have. Where it asks for none, the schema
 * leaves the object open, and everything in it counts as read.
 */
export function watch(data: object): Watched {
  const asked = new Map<object, Set<string>>();
  return { value: watched(data, asked), unread: () => unreadIn(data, asked) };
}

type Asked = Map<object, Set<string>>;

function watched<T extends object>(data: T, asked: Asked): T {
  return new Proxy(data, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof key === 'string') fieldsAsked(target, asked).add(key);
      return isObject(value) ? watched(value, asked) : value;
    },
  });
}

function fieldsAsked(object: object, asked: Asked): Set<string> {
  const fields = asked.get(object) ?? new Set();
  asked.set(object, fields);
  return fields;
}

function unreadIn(value: unknown, asked: Asked): YamlPath[] {
  if (!isObject(value)) return [];
  const fields = asked.get(value);
  if (!fields) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const key = Array.isArray(value) ? Number(name) : name;
    return fields.has(name) ? unreadIn(child, asked).map((path) => [key, ...path]) : [[key]];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
