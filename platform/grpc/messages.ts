import type { Readable } from 'node:stream';

/** The largest message that we accept, in bytes: gRPC's default. */
const limit = 4 * 1024 * 1024;

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const grpcStatus = {
  ...{ ok: 0, invalidArgument: 3, notFound: 5, permissionDenied: 7, resourceExhausted: 8 },
  ...{ unimplemented: 12, internal: 13 },
} as const;

/** Ends a call with this status. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A message as it goes over the wire: uncompressed, behind its length
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/**
 * Each message comes with a byte that says whether it is compressed, and its length.
 * @throws GrpcError for a message that is compressed or larger than 4 MiB
 */
export async function* messagesOf(stream: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  // A stream that the loop closes could not send its status any more.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const length = rest.readUInt32BE(1);
      if (rest[0] !== 0)
        throw new GrpcError(grpcStatus.unimplemented, 'compressed messages are not supported');
      if (length > limit)
        throw new GrpcError(
          grpcStatus.resourceExhausted,
          `the message has ${length} bytes; at most ${limit} are accepted`,
        );
      if (rest.length < 5 + length) break;
      yield rest.subarray(5, 5 + length);
      rest = rest.subarray(5 + length);
    }
  }
}
