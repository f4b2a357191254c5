import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SpansMistake } from '#mesh/telemetry/traces/receive/mistake.ts';
import { readOtlpJson } from '#mesh/telemetry/traces/receive/otlp.ts';
import { readZipkin } from '#mesh/telemetry/traces/receive/zipkin.ts';
import { type Answer, textAnswer } from '#mesh/telemetry/traces/server/answer.ts';
import type { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';

/**
 * Which content types each address takes. That `text/plain` is refused keeps other sites' pages from sending spans:
 * for these types a browser asks first.
 */
const addresses: ReadonlyMap<string, ReadonlyMap<string, Taker>> = new Map([
  ['/api/v2/spans', new Map([['application/json', takeZipkin]])],
  [
    '/v1/traces',
    new Map([
      ['application/json', takeOtlpJson],
      ['application/x-protobuf', takeOtlpProtobuf],
    ]),
  ],
]);

type Taker = (body: Buffer, store: TraceStore) => Promise<Answer>;

export function takesSpans(path: string): boolean {
  return addresses.has(path);
}

/** Answers a POST of spans: they are kept, or a text says what is wrong with them. */
export async function takeSpans(request: IncomingMessage, path: string, store: TraceStore): Promise<Answer> {
  const takers: ReadonlyMap<string, Taker> = addresses.get(path) ?? new Map();
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const take = takers.get(type);
  if (!take) {
    return textAnswer(
      415,
      `${path} takes ${[...takers.keys()].join(' or ')}, not ${type || 'a body without type'}`,
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
  const { readOtlpProtobuf } = await import('#mesh/telemetry/traces/receive/otlp-protobuf.ts');
  store.add(readOtlpProtobuf(body));
  return { status: 200, type: 'application/x-protobuf', body: Buffer.alloc(0) };
}

/** A batch of OpenTelemetry's exporters has 512 spans, about 1 MB. */
const largest = 16 * 1024 * 1024;

const unzip = promisify(gunzip);

/**
 * The whole body of a request, unpacked.
 * @throws SpansMistake when it is too large (413), packed in an unknown way (415), or broken (400).
 */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new SpansMistake(`content-encoding ${encoding} is not understood; gzip and none are`, 415);
  }
  const packed = await collect(request);
  return encoding === 'gzip' ? unpack(packed) : packed;
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not close the connection, on which the answer is still to go out.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largest) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function unpack(packed: Buffer): Promise<Buffer> {
  try {
    return await unzip(packed, { maxOutputLength: largest });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new SpansMistake(`the body is not gzip: ${(error as Error).message}`);
  }
}

function tooLarge(): SpansMistake {
  return new SpansMistake(
    `the body is larger than ${largest / 1024 / 1024} MB; send fewer spans at once`,
    413,
  );
}
