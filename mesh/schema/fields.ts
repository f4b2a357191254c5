import { z } from 'zod';

/** What the laptop mesh does with each field of an object. */
export interface Inventory {
  readonly supported: readonly string[];
  /** Valid, and of no consequence on a laptop: from the name to the reason. */
  readonly harmless: Readonly<Record<string, string>>;
  /** Valid in Kubernetes or Istio, but not carried out: from the name to what happens instead. */
  readonly unsupported: Readonly<Record<string, string>>;
  /** Values of supported fields that are not carried out: from the field to the value to what happens instead. */
  readonly unsupportedValues: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Carried out, but superseded: from the name to what to write instead. */
  readonly deprecated: Readonly<Record<string, string>>;
}

export interface FieldsOptions<Shape extends z.ZodRawShape> extends Partial<Omit<Inventory, 'supported'>> {
  readonly supported: Shape;
  /** What is checked inside a harmless or unsupported field; one without shape takes any value. */
  readonly shapes?: z.ZodRawShape;
}

/** The inventory of every schema that {@link fields} made. */
export const inventories = z.registry<Inventory>();

/**
 * A strict object that tells three sorts of field apart: carried out, valid but not carried out, and (any other name)
 * misspelt. The parsed type holds the supported fields only.
 */
export function fields<Shape extends z.ZodRawShape>(options: FieldsOptions<Shape>): z.ZodObject<Shape> {
  const {
    supported,
    harmless = {},
    unsupported = {},
    unsupportedValues = {},
    deprecated = {},
    shapes = {},
  } = options;
  const rest = [...Object.keys(harmless), ...Object.keys(unsupported)].map((name) => {
    const shape = shapes[name];
    return [name, z.optional(shape ?? z.unknown())] as const;
  });
  const schema = z.strictObject({ ...supported, ...Object.fromEntries(rest) });
  inventories.add(schema, {
    supported: Object.keys(supported),
    harmless,
    unsupported,
    unsupportedValues,
    deprecated,
  });
  // The further keys are known to be `unknown`, and nobody downstream has a use for them.
  return schema as unknown as z.ZodObject<Shape>;
}
