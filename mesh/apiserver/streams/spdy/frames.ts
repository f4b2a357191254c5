/** The frames of SPDY/3.1 that matter to a server, draft-mbelshe-httpbis-spdy-00, section 2.6. */
export type Frame =
  | { type: 'data'; streamId: number; data: Buffer; fin: boolean }
  | { type: 'syn-stream'; streamId: number; block: Buffer; fin: boolean }
  | { type: 'syn-reply'; streamId: number; block: Buffer; fin: boolean }
  | { type: 'headers'; streamId: number; block: Buffer; fin: boolean }
  | { type: 'rst-stream'; streamId: number; status: number }
  | { type: 'settings'; initialWindow: number | undefined }
  | { type: 'ping'; id: number }
  | { type: 'goaway'; lastStreamId: number; status: number }
  | { type: 'window-update'; streamId: number; delta: number };

const VERSION = 3;
const FIN = 0x01;
const HEADER_BYTES = 8;
const LARGEST_CONTROL_FRAME = 64 * 1024;
const SETTINGS_INITIAL_WINDOW_SIZE = 7;

const CODES = {
  'syn-stream': 1,
  'syn-reply': 2,
  'rst-stream': 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  'window-update': 9,
} as const;

/** Frames out of bytes that come in pieces. Data frames, which may have 16 MB, are passed on piece by piece. */
export class FrameParser {
  #rest: Buffer = Buffer.alloc(0);
  #data: { streamId: number; fin: boolean; left: number } | undefined;

  /** @throws ProtocolError for a frame of another version, an oversized one, or one that is cut short */
  *feed(bytes: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (frame !== 'unknown') yield frame;
    }
  }

  #next(): Frame | 'unknown' | undefined {
    if (this.#data !== undefined) return this.#restOfData(this.#data);
    if (this.#rest.length < HEADER_BYTES) return undefined;
    const head = this.#rest.readUInt32BE(0);
    const flags = this.#rest.readUInt8(4);
    const length = this.#rest.readUIntBE(5, 3);
    if (head < 0x80000000) {
      this.#take(HEADER_BYTES);
      this.#data = { streamId: head, fin: (flags & FIN) !== 0, left: length };
      return this.#restOfData(this.#data, length === 0);
    }
    const version = (head >>> 16) & 0x7fff;
    if (version !== VERSION) throw new ProtocolError(`a frame has SPDY's version ${version}, not ${VERSION}`);
    if (length > LARGEST_CONTROL_FRAME) throw new ProtocolError(`a control frame has ${length} bytes`);
    if (this.#rest.length < HEADER_BYTES + length) return undefined;
    const body = this.#take(HEADER_BYTES + length).subarray(HEADER_BYTES);
    return controlFrame(head & 0xffff, flags, body);
  }

  #restOfData(data: { streamId: number; fin: boolean; left: number }, empty = false): Frame | undefined {
    if (this.#rest.length === 0 && !empty) return undefined;
    const piece = this.#take(Math.min(data.left, this.#rest.length));
    data.left -= piece.length;
    if (data.left === 0) this.#data = undefined;
    return { type: 'data', streamId: data.streamId, data: piece, fin: data.fin && data.left === 0 };
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

function controlFrame(code: number, flags: number, body: Buffer): Frame | 'unknown' {
  const fin = (flags & FIN) !== 0;
  const field = (index: number) => {
    if (body.length < index * 4 + 4) throw new ProtocolError(`a control frame of type ${code} is too short`);
    return body.readUInt32BE(index * 4);
  };
  const id = (index = 0) => field(index) & 0x7fffffff;
  switch (code) {
    case CODES['syn-stream']:
      // Behind the id: an associated stream, a priority and a slot, which Kubernetes' clients leave at zero.
      if (body.length < 10) throw new ProtocolError('a SYN_STREAM frame is too short');
      return { type: 'syn-stream', streamId: id(), block: body.subarray(10), fin };
    case CODES['syn-reply']:
      return { type: 'syn-reply', streamId: id(), block: body.subarray(4), fin };
    case CODES.headers:
      return { type: 'headers', streamId: id(), block: body.subarray(4), fin };
    case CODES['rst-stream']:
      return { type: 'rst-stream', streamId: id(), status: field(1) };
    case CODES.settings:
      return { type: 'settings', initialWindow: initialWindow(field) };
    case CODES.ping:
      return { type: 'ping', id: field(0) };
    case CODES.goaway:
      return { type: 'goaway', lastStreamId: id(), status: field(1) };
    case CODES['window-update']:
      return { type: 'window-update', streamId: id(), delta: id(1) };
    default:
      // Section 2.2.1: unknown control frames are ignored.
      return 'unknown';
  }
}

function initialWindow(field: (index: number) => number): number | undefined {
  let found: number | undefined;
  for (let entry = 0; entry < field(0); entry++) {
    if ((field(1 + entry * 2) & 0xffffff) === SETTINGS_INITIAL_WINDOW_SIZE) found = field(2 + entry * 2);
  }
  return found;
}

/** The bytes of a frame. */
export function encodeFrame(frame: Exclude<Frame, { type: 'settings' }>): Buffer {
  switch (frame.type) {
    case 'data':
      return Buffer.concat([header(frame.streamId, frame.fin, frame.data.length), frame.data]);
    case 'syn-stream':
      return control(frame.type, [uint32(frame.streamId), Buffer.alloc(6), frame.block], frame.fin);
    case 'syn-reply':
    case 'headers':
      return control(frame.type, [uint32(frame.streamId), frame.block], frame.fin);
    case 'rst-stream':
      return control(frame.type, [uint32(frame.streamId), uint32(frame.status)]);
    case 'ping':
      return control(frame.type, [uint32(frame.id)]);
    case 'goaway':
      return control(frame.type, [uint32(frame.lastStreamId), uint32(frame.status)]);
    case 'window-update':
      return control(frame.type, [uint32(frame.streamId), uint32(frame.delta)]);
  }
}

function control(type: keyof typeof CODES, parts: Buffer[], fin = false): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([header((0x80000000 | (VERSION << 16) | CODES[type]) >>> 0, fin, body.length), body]);
}

function header(head: number, fin: boolean, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32BE(head, 0);
  bytes.writeUInt8(fin ? FIN : 0, 4);
  bytes.writeUIntBE(length, 5, 3);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The peer does not speak SPDY/3.1: the connection cannot go on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
