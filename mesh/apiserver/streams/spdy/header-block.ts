import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { ProtocolError } from '#mesh/apiserver/streams/spdy/frames.ts';

/** Words that the dictionary holds with their length in front, as header blocks do. */
const WORDS = [
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age',
  'allow authorization cache-control connection content-base content-encoding content-language content-length',
  'content-location content-md5 content-range content-type date etag expect expires from host if-match',
  'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma',
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade',
  'user-agent vary via warning www-authenticate method get status',
].flatMap((line) => line.split(' '));

const MORE_WORDS = ['200 OK', 'version', 'HTTP/1.1', 'url', 'public', 'set-cookie', 'keep-alive', 'origin'];

const TEXT = [
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505',
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized',
  '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable',
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT',
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,',
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
].join('');

/**
 * What both ends' zlib knows before the first header block: draft-mbelshe-httpbis-spdy-00, section 2.6.10.1. One wrong byte,
 * and no client can read a header: the test compares the digest.
 */
export const HEADER_DICTIONARY: Buffer = Buffer.concat([
  ...[...WORDS, ...MORE_WORDS].map((word) => Buffer.concat([uint32(word.length), Buffer.from(word)])),
  Buffer.from(TEXT),
]);

export type HeaderBlock = ReadonlyMap<string, string>;

/** Kubernetes' clients send a few short headers. What grows beyond this is an attack on the memory. */
const MOST_BYTES = 64 * 1024;

/**
 * The header blocks of one connection. Each direction is one zlib stream from the first block to the last, so blocks must be read and
 * written in the order of their frames, one at a time.
 */
export class HeaderCodec {
  readonly #inflate = createInflate({ dictionary: HEADER_DICTIONARY });
  readonly #deflate = createDeflate({ dictionary: HEADER_DICTIONARY });

  constructor() {
    // A codec that failed once may say so again; its connection is ending by then.
    for (const codec of [this.#inflate, this.#deflate]) codec.on('error', () => {});
  }

  /** @throws ProtocolError for bytes that are not a header block */
  async decode(block: Buffer): Promise<HeaderBlock> {
    return parse(await through(this.#inflate, block));
  }

  async encode(headers: HeaderBlock): Promise<Buffer> {
    return through(this.#deflate, serialise(headers));
  }

  close(): void {
    this.#inflate.close();
    this.#deflate.close();
  }
}

/** What the bytes become, up to a sync flush. */
function through(codec: Inflate | Deflate, bytes: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let length = 0;
  const collect = (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
    if (length > MOST_BYTES) reject(new ProtocolError(`a header block has more than ${MOST_BYTES} bytes`));
  };
  const fail = (cause: Error) =>
    reject(new ProtocolError('a header block is not compressed as SPDY/3.1 says', { cause }));
  const closed = () => reject(new ProtocolError('the connection ended within a header block'));
  codec.on('data', collect).once('error', fail).once('close', closed);
  codec.write(bytes);
  codec.flush(constants.Z_SYNC_FLUSH, () => resolve(Buffer.concat(pieces)));
  return promise.finally(() => codec.off('data', collect).off('error', fail).off('close', closed));
}

function parse(bytes: Buffer): HeaderBlock {
  const headers = new Map<string, string>();
  let at = 0;
  const number = () => {
    if (at + 4 > bytes.length) throw new ProtocolError('a header block ends early');
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = () => {
    const end = number() + at;
    if (end > bytes.length) throw new ProtocolError('a header block ends early');
    const value = bytes.toString('utf8', at, end);
    at = end;
    return value;
  };
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

function serialise(headers: HeaderBlock): Buffer {
  const parts = [uint32(headers.size)];
  for (const text of [...headers].flat()) {
    const bytes = Buffer.from(text);
    parts.push(uint32(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
