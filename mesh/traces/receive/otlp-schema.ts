import { z } from 'zod';
import { attribute } from '#mesh/traces/receive/otlp-attributes.ts';

/** Numbers of 64 bits are strings in protobuf's JSON. */
const nanoseconds = z.union([z.string().regex(/^\d+$/), z.number().nonnegative()]);
const id = (digits: number) =>
  z
    .string()
    .regex(
      new RegExp(`^(?!0+$)[0-9a-fA-F]{${digits}}$`),
      `${digits} hexadecimal digits, not all zero, are wanted`,
    );

/** A span as OTLP's JSON writes it; unknown fields are left out. */
export const otlpSpan = z.object({
  traceId: id(32),
  spanId: id(16),
  parentSpanId: z.union([z.literal(''), id(16)]).nullish(),
  name: z.string().nullish(),
  kind: z.union([z.number(), z.string()]).nullish(),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds.nullish(),
  attributes: z.array(attribute).nullish(),
  events: z
    .array(
      z.object({ timeUnixNano: nanoseconds, name: z.string(), attributes: z.array(attribute).nullish() }),
    )
    .nullish(),
  status: z
    .object({ code: z.union([z.number(), z.string()]).nullish(), message: z.string().nullish() })
    .nullish(),
});

const scopeSpans = z.object({
  scope: z.object({ name: z.string().nullish() }).nullish(),
  spans: z.array(otlpSpan).nullish(),
});

/** ExportTraceServiceRequest of https://opentelemetry.io/docs/specs/otlp/. */
export const otlpRequest = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: z.array(attribute).nullish() }).nullish(),
        scopeSpans: z.array(scopeSpans).nullish(),
      }),
    )
    .nullish(),
});
