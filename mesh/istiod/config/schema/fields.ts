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
}

/** The inventory of every schema that {@link fields} made. */
export const inventories = z.registry<Inventory>();

/**
 * A reader of objects that the official shapes have been asked about, with the inventory of their fields: carried out, or valid
 * but not carried out. It picks and converts; the parsed type holds the supported fields only.
 */
export function fields<Shape extends z.ZodRawShape>(options: FieldsOptions<Shape>): z.ZodObject<Shape> {
  const { supported, harmless = {}, unsupported = {}, unsupportedValues = {}, deprecated = {} } = options;
  const rest = [...Object.keys(harmless), ...Object.keys(unsupported)].map(
    (name) => [name, z.optional(z.unknown())] as const,
  );
  const schema = z.object({ ...supported, ...Object.fromEntries(rest) });
  inventories.add(schema, {
    supported: Object.keys(supported),
    harmless,
    unsupported,
    unsupportedValues,
    deprecated,
  });
  // The further keys are `unknown`, and nothing downstream needs them.
  return schema as unknown as z.ZodObject<Shape>;
}

const expectedPort = 'expected a port number from 1 to 65535';

export const port = z
  .int({ error: expectedPort })
  .min(1, { error: expectedPort })
  .max(65_535, { error: expectedPort });

/** A container's port by number or name, as in Kubernetes' IntOrString. */
export const portOrName = z.union([port, z.string().min(1)], {
  error: 'expected a port number from 1 to 65535 or the name of a port',
});

export const uint32 = z.int().min(0).max(4_294_967_295);
export const int32 = z.int().min(-2_147_483_648).max(2_147_483_647);

/** Label values are strings: `version: 1` without quotes is a number, which Kubernetes refuses as well. */
const stringMap = z.record(z.string(), z.string());
export const labels = stringMap.default({});

export const strings = z.array(z.string()).default([]);

/** Istio's Percent message, from 0 to 100; without `value` it is zero. */
export const percent = z.object({ value: z.number().min(0).max(100).default(0) });

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const wholeDuration = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds of a duration as Istio and Go write it (`2s`, `0.5s`, `1m30s`); undefined when it isn't one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!wholeDuration.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(part)) {
    milliseconds += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return milliseconds;
}

const expected = 'expected a duration with its unit, such as `2s`, `0.5s` or `1m30s`';

function durationFrom(minimum: number, tooShort: string) {
  return z.string({ error: expected }).transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined && milliseconds >= minimum) return milliseconds;
    const message = milliseconds === undefined ? expected : tooShort;
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  });
}

/** A duration of at least a millisecond, as most of Istio's; parsed to milliseconds. */
export const duration = durationFrom(1, 'expected a duration of at least `1ms`');

/** A duration that may be `0s`, where zero has a special meaning. */
export const durationOrZero = durationFrom(0, 'expected a duration of `0s` or more');
