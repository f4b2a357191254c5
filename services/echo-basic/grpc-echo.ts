import type { Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import protobuf from 'protobufjs';
import { framed, grpcStatus } from '#platform/grpc/messages.ts';
import type { EchoConfig } from '#services/echo-basic/config.ts';

const service = '/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/';

/** The answer's message, as conformance/echo-basic/grpcecho.proto of Gateway API declares it. */
const EchoResponse = protobuf
  .parse(`
  syntax = "proto3";
  message Header { string key = 1; string value = 2; }
  message Context { string namespace = 1; string ingress = 2; string service_name = 3; string pod = 4; }
  message Assertions {
    string fully_qualified_method = 1;
    repeated Header headers = 2;
    string authority = 3;
    Context context = 4;
  }
  message EchoRequest {}
  message EchoResponse { Assertions assertions = 1; EchoRequest request = 2; }
`)
  .root.lookupType('EchoResponse');

/** Answers the methods Echo and EchoTwo with what arrived; other methods are not implemented, as in the image. */
export function echoGrpc(config: EchoConfig) {
  return async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
    const path = request.url;
    // The request's message is empty; answer after it.
    await text(request).catch(() => '');
    response.setHeader('content-type', 'application/grpc');
    if (path !== `${service}Echo` && path !== `${service}EchoTwo`) {
      const message = `unknown method ${path}`;
      response.setHeader('grpc-status', String(grpcStatus.unimplemented));
      response.setHeader('grpc-message', encodeURIComponent(message));
      response.end();
      return;
    }
    response.addTrailers({ 'grpc-status': '0' });
    response.end(framed(answer(path, request.headers, config)));
  };
}

function answer(path: string, headers: IncomingHttpHeaders, config: EchoConfig): Uint8Array {
  const { NAMESPACE: namespace, INGRESS_NAME: ingress, SERVICE_NAME: serviceName, POD_NAME: pod } = config;
  const shown = Object.entries(headers).flatMap(([key, value]) =>
    [value ?? []].flat().map((one) => ({ key, value: one })),
  );
  const authority = headers[':authority'] ?? headers.host ?? '';
  const assertions = {
    ...{ fullyQualifiedMethod: path, authority, headers: shown },
    context: { namespace, ingress, serviceName, pod },
  };
  return EchoResponse.encode(EchoResponse.create({ assertions, request: {} })).finish();
}
