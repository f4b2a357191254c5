import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler } from 'express';
import { createRandom } from '#platform/random.ts';
import { integerOf, pathPart, queryField } from '#services/httpbin/parameters.ts';
import { viewOf } from '#services/httpbin/request-view.ts';
import { sortedJson } from '#services/httpbin/sorted-json.ts';

const BYTES = { min: 0, max: 100 << 10 };
const LINES = { min: 1, max: 100 };

/** `/bytes/{n}?seed=…`: random bytes, at most 100 KiB; the same ones for the same seed. */
export const bytes: RequestHandler = (req, res) => {
  res.type('application/octet-stream').send(randomBytesFor(req));
};

/** `/stream-bytes/{n}?seed=…&chunk_size=…`: the same, without announcing the length. */
export const streamBytes: RequestHandler = async (req, res) => {
  const all = randomBytesFor(req);
  const size = integerOf(queryField(req, 'chunk_size') ?? '10240', 'chunk_size', { min: 1, max: BYTES.max });
  res.type('application/octet-stream');
  const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.subarray(index * size, (index + 1) * size),
  );
  await pipeline(Readable.from(chunks), res).catch(() => undefined);
};

/** `/stream/{n}`: the request as it arrived, n times, one line each; at most 100. */
export const stream: RequestHandler = async (req, res) => {
  const count = integerOf(pathPart(req, 'count'), 'stream', LINES);
  const view = viewOf(req);
  const lines = Array.from({ length: count }, (_, id) => `${sortedJson({ ...view, id })}\n`);
  res.setHeader('content-type', 'application/json');
  await pipeline(Readable.from(lines), res).catch(() => undefined);
};

function randomBytesFor(req: Request): Buffer {
  const count = integerOf(pathPart(req, 'count'), 'bytes', BYTES);
  const seed = queryField(req, 'seed');
  if (seed === undefined) return randomBytes(count);
  const random = createRandom({ seed, name: 'bytes' });
  return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
}
