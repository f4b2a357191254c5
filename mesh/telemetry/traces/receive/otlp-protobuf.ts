import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { SpansMistake } from '#mesh/telemetry/traces/receive/mistake.ts';
import { fromOtlp } from '#mesh/telemetry/traces/receive/otlp.ts';
import type { Span } from '#mesh/telemetry/traces/span.ts';

const source = readFileSync(new URL('otlp.proto', import.meta.url), 'utf8');
const request = protobuf.parse(source).root.lookupType('ExportTraceServiceRequest');

/**
 * Reads the body of `POST /v1/traces` in protobuf, OTLP's default: it is brought to the JSON form, in which ids are
 * hexadecimal.
 * @throws SpansMistake
 */
export function readOtlpProtobuf(body: Buffer): readonly Span[] {
  return fromOtlp(hexadecimalIds(decode(body)));
}

function decode(body: Buffer): DecodedRequest {
  try {
    return request.toObject(request.decode(body), { longs: String, bytes: Buffer }) as DecodedRequest;
  } catch (error) {
    throw new SpansMistake(
      `the body is no protobuf of an ExportTraceServiceRequest: ${(error as Error).message}`,
    );
  }
}

interface DecodedSpan {
  readonly traceId?: Buffer;
  readonly spanId?: Buffer;
  readonly parentSpanId?: Buffer;
}

interface DecodedRequest {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly DecodedSpan[] }[];
  }[];
}

function hexadecimalIds({ resourceSpans = [] }: DecodedRequest) {
  return {
    resourceSpans: resourceSpans.map(({ scopeSpans = [], ...resource }) => ({
      ...resource,
      scopeSpans: scopeSpans.map(({ spans = [], ...scope }) => ({
        ...scope,
        spans: spans.map(withHexadecimalIds),
      })),
    })),
  };
}

function withHexadecimalIds({ traceId, spanId, parentSpanId, ...span }: DecodedSpan) {
  return { ...span, traceId: hex(traceId), spanId: hex(spanId), parentSpanId: hex(parentSpanId) };
}

function hex(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('hex');
}
