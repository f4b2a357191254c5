import { z } from 'zod';

/** The schema inside defaults, optionals and refinements. */
export function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable
  ) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}

/** The schema of a member: an object's field, a list's item, a map's value. */
export function descend(schema: unknown, step: PropertyKey): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return inner.shape[String(step)];
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

/** The fields that an object knows, by the path from the root's schema; none for anything else. */
export function knownFields(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const at = unwrap(path.reduce(descend, schema));
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
