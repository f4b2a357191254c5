import { z } from 'zod';

/** AnyValue of opentelemetry/proto/common/v1: one of these fields is set, or none. */
export type AnyValue = {
  readonly stringValue?: string | null | undefined;
  readonly boolValue?: boolean | null | undefined;
  readonly intValue?: string | number | null | undefined;
  readonly doubleValue?: string | number | null | undefined;
  readonly bytesValue?: string | null | undefined;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] | null | undefined } | null | undefined;
  readonly kvlistValue?: { readonly values?: readonly Attribute[] | null | undefined } | null | undefined;
};

export interface Attribute {
  readonly key: string;
  readonly value?: AnyValue | null | undefined;
}

const anyValue: z.ZodType<AnyValue> = z.lazy(() =>
  z.object({
    stringValue: z.string().nullish(),
    boolValue: z.boolean().nullish(),
    intValue: z.union([z.string(), z.number()]).nullish(),
    doubleValue: z.union([z.string(), z.number()]).nullish(),
    bytesValue: z.string().nullish(),
    arrayValue: z.object({ values: z.array(anyValue).nullish() }).nullish(),
    kvlistValue: z.object({ values: z.array(attribute).nullish() }).nullish(),
  }),
);

export const attribute: z.ZodType<Attribute> = z.object({ key: z.string(), value: anyValue.nullish() });

/** Attributes as tags: texts as they are, everything else as JSON. */
export function tagsOf(attributes: readonly Attribute[] | null | undefined): Record<string, string> {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, textOf(plain(value))]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function plain(value: AnyValue | null | undefined): unknown {
  const { arrayValue, kvlistValue, intValue, doubleValue } = value ?? {};
  if (arrayValue) return (arrayValue.values ?? []).map(plain);
  if (kvlistValue) {
    return Object.fromEntries(
      (kvlistValue.values ?? []).map(({ key, value: member }) => [key, plain(member)]),
    );
  }
  // Numbers of 64 bits stay texts, because a number would lose digits.
  return value?.stringValue ?? value?.boolValue ?? intValue ?? doubleValue ?? value?.bytesValue ?? '';
}
