import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SpansMistake } from '#mesh/traces/receive/mistake.ts';

/** A batch of OpenTelemetry's exporters has 512 spans, about 1 MB. */
const largest = 16 * 1024 * 1024;

const unzip = promisify(gunzip);

/**
 * The whole body of a request, unpacked.
 * @throws SpansMistake when it is too large (413), packed in an unknown way (415), or broken (400).
 */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
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
