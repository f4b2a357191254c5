import { promisify } from 'node:util';
import { brotliCompress, deflate, gzip } from 'node:zlib';
import type { RequestHandler } from 'express';
import { headersOf, originOf } from '#services/httpbin/request-view.ts';
import { sortedJson } from '#services/httpbin/sorted-json.ts';

const KINDS = {
  gzip: { mark: 'gzipped', encoding: 'gzip', compress: promisify<Buffer, Buffer>(gzip) },
  deflate: { mark: 'deflated', encoding: 'deflate', compress: promisify<Buffer, Buffer>(deflate) },
  brotli: { mark: 'brotli', encoding: 'br', compress: promisify<Buffer, Buffer>(brotliCompress) },
} as const;

/** `/gzip`, `/deflate`, `/brotli`: compressed, whatever the client accepts. */
export function compressed(kind: keyof typeof KINDS): RequestHandler {
  const { mark, encoding, compress } = KINDS[kind];
  return async (req, res) => {
    const shown = { [mark]: true, headers: headersOf(req), method: req.method, origin: originOf(req) };
    const body = await compress(Buffer.from(`${sortedJson(shown, 2)}\n`));
    res.setHeader('content-type', 'application/json').setHeader('content-encoding', encoding).end(body);
  };
}
