import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { framed, GrpcError, grpcStatus, messagesOf } from '#platform/grpc/messages.ts';

export interface GrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** What the client sends, in its order. */
  readonly messages: AsyncIterable<Buffer>;
  send(message: Uint8Array): void;
}

export type GrpcHandler = (call: GrpcCall) => Promise<void>;

/**
 * Carries one call over an HTTP/2 stream (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Whatever the
 * handler throws becomes the call's status.
 */
export async function serveGrpc(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { handle, onBug }: { readonly handle: GrpcHandler; readonly onBug: (error: unknown) => void },
): Promise<void> {
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  let status: { readonly code: number; readonly message: string } = { code: grpcStatus.ok, message: '' };
  stream.once('wantTrailers', () => {
    stream.sendTrailers({
      'grpc-status': String(status.code),
      ...(status.message && { 'grpc-message': encodeURIComponent(status.message) }),
    });
  });
  try {
    await handle({
      path: String(headers[constants.HTTP2_HEADER_PATH] ?? ''),
      messages: messagesOf(stream),
      send: (message) => void stream.write(framed(message)),
    });
  } catch (error) {
    // A client that has its answer goes away in the middle of its call.
    if (stream.destroyed) return;
    if (!(error instanceof GrpcError)) onBug(error);
    const code = error instanceof GrpcError ? error.code : grpcStatus.internal;
    status = { code, message: (error as Error).message };
  }
  stream.end();
}
