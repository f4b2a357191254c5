import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { framed, GrpcError, grpcStatus, messagesOf } from '#platform/grpc/messages.ts';
import type { GrpcReply, PartPort, Role } from '#services/stand-in/part.ts';

/**
 * Carries one gRPC call over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). What the role throws
 * becomes the call's status.
 */
export async function answerGrpc(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  { role, port }: { readonly role: Role; readonly port: PartPort },
): Promise<void> {
  for (const part of [request, response]) part.on('error', () => {});
  response.setHeader('content-type', 'application/grpc');
  let failure: GrpcError | undefined;
  try {
    const path = request.url;
    if (!role.grpc) throw new GrpcError(grpcStatus.unimplemented, `nothing here answers ${path}`);
    const reply: GrpcReply = {
      header: (name, value) => void response.setHeader(name, value),
      send: (message) => void (response.stream?.destroyed || response.write(framed(message))),
    };
    await role.grpc({ path, headers: request.headers, messages: messagesOf(request), port }, reply);
  } catch (error) {
    failure =
      error instanceof GrpcError ? error : new GrpcError(grpcStatus.internal, (error as Error).message);
  }
  const status = {
    'grpc-status': String(failure?.code ?? grpcStatus.ok),
    ...(failure && { 'grpc-message': encodeURIComponent(failure.message) }),
  };
  if (response.headersSent) response.addTrailers(status);
  // An answer without a message is its head alone.
  else for (const [name, value] of Object.entries(status)) response.setHeader(name, value);
  response.end();
}

/** The first message of a call; an empty one if there is none. */
export async function firstMessage(messages: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const message of messages) return message;
  return Buffer.alloc(0);
}
