import type { IncomingMessage } from 'node:http';
import { SpansMistake } from '#mesh/traces/receive/mistake.ts';
import { readOtlpJson } from '#mesh/traces/receive/otlp.ts';
import { readZipkin } from '#mesh/traces/receive/zipkin.ts';
import { type Answer, textAnswer } from '#mesh/traces/server/answer.ts';
import { bodyOf } from '#mesh/traces/server/body.ts';
import type { TraceStore } from '#mesh/traces/store/trace-store.ts';

/**
 * Which content types each address takes. That `text/plain` is refused keeps other sites' pages from sending spans:
 * for these types a browser asks first.
 */
const addresses: Readonly<Record<string, Readonly<Record<string, Taker>>>> = {
  '/api/v2/spans': { 'application/json': takeZipkin },
  '/v1/traces': { 'application/json': takeOtlpJson, 'application/x-protobuf': takeOtlpProtobuf },
};

type Taker = (body: Buffer, store: TraceStore) => Promise<Answer>;

export function takesSpans(path: string): boolean {
  return path in addresses;
}

/** Answers a POST of spans: they are kept, or a text says what is wrong with them. */
export async function takeSpans(request: IncomingMessage, path: string, store: TraceStore): Promise<Answer> {
  const takers = addresses[path] ?? {};
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const take = takers[type];
  if (!take) {
    return textAnswer(
      415,
      `${path} takes ${Object.keys(takers).join(' or ')}, not ${type || 'a body without type'}`,
    );
  }
  try {
    return await take(await bodyOf(request), store);
  } catch (error) {
    if (error instanceof SpansMistake) return textAnswer(error.status, error.message);
    throw error;
  }
}

async function takeZipkin(body: Buffer, store: TraceStore): Promise<Answer> {
  store.add(readZipkin(body));
  return { status: 202 };
}

async function takeOtlpJson(body: Buffer, store: TraceStore): Promise<Answer> {
  store.add(readOtlpJson(body));
  return { status: 200, type: 'application/json', body: '{}' };
}

async function takeOtlpProtobuf(body: Buffer, store: TraceStore): Promise<Answer> {
  // Only who sends protobuf pays for its library.
  const { readOtlpProtobuf } = await import('#mesh/traces/receive/otlp-protobuf.ts');
  store.add(readOtlpProtobuf(body));
  return { status: 200, type: 'application/x-protobuf', body: Buffer.alloc(0) };
}
