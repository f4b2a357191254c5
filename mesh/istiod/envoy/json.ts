/**
 * Envoy configuration in its JSON form (protobuf JSON with snake_case names). A field that is undefined is not there: so an
 * optional field is written without a condition.
 */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json | undefined };

/** A google.protobuf.Any in its JSON form. */
export type Any = { readonly '@type': `type.googleapis.com/${string}` } & JsonObject;
/** A google.protobuf.Duration: `1.5s`. */
export type Duration = `${number}s`;

/** The list itself, or undefined when it is empty, for fields that are left out then. */
export function nonEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** A protobuf Duration in JSON form from milliseconds. */
export function seconds(milliseconds: number): Duration {
  return `${milliseconds / 1000}s`;
}

/** A FractionalPercent, in millionths as Istio writes them, so that 12.5 % stays exact. */
export function fractionalPercent(percentage: number): {
  readonly numerator: number;
  readonly denominator: 'MILLION';
} {
  return { numerator: Math.round(percentage * 10_000), denominator: 'MILLION' };
}
