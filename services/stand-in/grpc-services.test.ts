import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor/index.js';
import { expect, test } from 'vitest';
import { framed } from '#platform/grpc/messages.ts';
import { type PlayedPart, play } from '#services/stand-in/testing.ts';

async function call({ origin }: PlayedPart, path: string, message: Uint8Array): Promise<Buffer> {
  const session = connect(origin);
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  stream.end(framed(message));
  const answer = await buffer(stream);
  session.close();
  return answer.subarray(5);
}

const text = (field: number, value: string) =>
  protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .string(value)
    .finish();

test.each(['echo', 'podinfo', 'fake-service'])('%s says of its health that it serves', async (role) => {
  const part = await play({ role, protocol: 'grpc' });
  expect([...(await call(part, '/grpc.health.v1.Health/Check', new Uint8Array(0)))]).toEqual([8, 1]);
});

test.each(['v1', 'v1alpha'])('reflection %s lists the services, and describes them', async (version) => {
  const part = await play({ protocol: 'grpc' });
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  expect(String(await call(part, path, text(7, '*')))).toContain('mesh101.standin.v1.Echo');
  const described = await call(part, path, text(4, 'mesh101.standin.v1.Echo'));
  expect(String(described)).toContain('.mesh101.standin.v1.EchoReply');
  expect(String(await call(part, path, text(4, 'shop.Cart')))).toContain(
    'a stand-in does not know shop.Cart',
  );
});
