import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame, FrameParser, ProtocolError } from './frames.ts';
import { HEADER_DICTIONARY, HeaderCodec } from './header-block.ts';

const FRAMES: Exclude<Frame, { type: 'settings' }>[] = [
  { type: 'syn-stream', streamId: 1, block: Buffer.from('block'), fin: true },
  { type: 'syn-reply', streamId: 1, block: Buffer.from('block'), fin: false },
  { type: 'headers', streamId: 3, block: Buffer.alloc(0), fin: true },
  { type: 'data', streamId: 3, data: Buffer.from('payload'), fin: true },
  { type: 'data', streamId: 5, data: Buffer.alloc(0), fin: true },
  { type: 'rst-stream', streamId: 3, status: 5 },
  { type: 'ping', id: 7 },
  { type: 'goaway', lastStreamId: 5, status: 1 },
  { type: 'window-update', streamId: 0, delta: 65_536 },
];

function parse(...pieces: Buffer[]): Frame[] {
  const parser = new FrameParser();
  return pieces.flatMap((piece) => [...parser.feed(piece)]);
}

describe('frames', () => {
  it.each(FRAMES)('of type $type are read as they were written', (frame) => {
    expect(parse(encodeFrame(frame))).toEqual([frame]);
  });

  it('may come byte by byte', () => {
    const bytes = Buffer.concat(FRAMES.map(encodeFrame));
    const frames = parse(...[...bytes].map((byte) => Buffer.of(byte)));
    const data = frames.filter((frame) => frame.type === 'data' && frame.streamId === 3);
    expect(frames.filter((frame) => frame.type !== 'data')).toEqual(
      FRAMES.filter(({ type }) => type !== 'data'),
    );
    expect(data.map((frame) => frame.type === 'data' && [frame.data.toString(), frame.fin])).toEqual(
      [...'payload'].map((letter, index) => [letter, index === 6]),
    );
  });

  it('of 16 MB are passed on without being collected', () => {
    const head = encodeFrame({ type: 'data', streamId: 1, data: Buffer.alloc(0xffffff), fin: false });
    const frames = parse(head.subarray(0, 1_000), head.subarray(1_000, 3_000));
    expect(frames.map((frame) => frame.type === 'data' && frame.data.length)).toEqual([992, 2_000]);
  });

  it('of settings tell the window that new streams have', () => {
    const settings = Buffer.from('8003000400000014000000020000000400000064010000070000ffff', 'hex');
    expect(parse(settings)).toEqual([{ type: 'settings', initialWindow: 0xffff }]);
  });

  it('of an unknown type are passed over', () => {
    expect(parse(Buffer.from('80030063000000020000', 'hex'), encodeFrame({ type: 'ping', id: 1 }))).toEqual([
      { type: 'ping', id: 1 },
    ]);
  });

  it.each([
    ['another version', '8002000100000000'],
    ['oversized control frames', '8003000100ffffff'],
    ['a control frame that is cut short', '800300030000000400000001'],
    ['settings that claim more entries than they have', '8003000400000004ffffffff'],
  ])('refuse %s', (_, hex) => {
    expect(() => parse(Buffer.from(hex, 'hex'))).toThrow(ProtocolError);
  });
});

describe('header blocks', () => {
  it('share one compressed stream for each direction', async () => {
    const [ours, theirs] = [new HeaderCodec(), new HeaderCodec()];
    const headers = new Map([
      ['streamtype', 'data'],
      ['port', '80'],
    ]);
    const first = await ours.encode(headers);
    const second = await ours.encode(headers);
    expect(second.length).toBeLessThan(first.length);
    expect([await theirs.decode(first), await theirs.decode(second)]).toEqual([headers, headers]);
    ours.close();
    theirs.close();
  });

  it('that expand beyond all measure are refused', async () => {
    const codec = new HeaderCodec();
    const bomb = deflateSync(Buffer.alloc(10_000_000), { dictionary: HEADER_DICTIONARY });
    expect(bomb.length).toBeLessThan(16_000);
    await expect(codec.decode(bomb)).rejects.toThrow('more than 65536 bytes');
    codec.close();
  });

  it.each(['garbage', 'not compressed at all'])('of %s are refused', async (text) => {
    const codec = new HeaderCodec();
    await expect(codec.decode(Buffer.from(text))).rejects.toThrow(ProtocolError);
    codec.close();
  });
});
