/**
 * The value of a name that came from outside. A plain look-up would find what every object has: a label, a namespace or a
 * header may be called `constructor`.
 */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
