import protobuf from 'protobufjs';

/** The method of the image's gRPC server. */
export const METHOD = '/proto.EchoTestService/Echo';

const Message = protobuf
  .parse('syntax = "proto3"; message Message { string message = 1; }')
  .root.lookupType('Message');

/** A request's or an answer's message, both of which are one text. */
export function encodeText(message: string): Uint8Array {
  return Message.encode(Message.create({ message })).finish();
}

export function decodeText(bytes: Uint8Array): string {
  return String(Message.toObject(Message.decode(bytes), { defaults: true })['message']);
}

/** The message within a whole gRPC body; empty where there is none. */
export function unframed(body: Buffer): Buffer {
  return body.length < 5 ? Buffer.alloc(0) : body.subarray(5, 5 + body.readUInt32BE(1));
}
