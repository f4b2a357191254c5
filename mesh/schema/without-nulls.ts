import { z } from 'zod';
import { descend, unwrap } from '#mesh/schema/descend.ts';

/** A known field that is written without a value (`timeout:`) counts as absent, as the API server sees it. */
export function withoutNulls(schema: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutNulls(descend(schema, index), item));
  if (typeof value !== 'object' || value === null) return value;
  const inner = unwrap(schema);
  const known = inner instanceof z.ZodObject ? inner.shape : {};
  const members = Object.entries(value).filter(
    ([name, member]) => member !== null || !Object.hasOwn(known, name),
  );
  return Object.fromEntries(
    members.map(([name, member]) => [name, withoutNulls(descend(schema, name), member)]),
  );
}
