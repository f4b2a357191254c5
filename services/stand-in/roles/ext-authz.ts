import protobuf from 'protobufjs/minimal.js';
import { GrpcError, grpcStatus } from '#platform/grpc/messages.ts';
import { firstMessage } from '#services/stand-in/grpc.ts';
import { send } from '#services/stand-in/open-port.ts';
import type { Role, Stage } from '#services/stand-in/part.ts';
import { flagOf } from '#services/stand-in/roles/flags.ts';

const CHECK = /^\/envoy\.service\.auth\.(v[23])\.Authorization\/Check$/;
const RESULT = 'x-ext-authz-check-result';
const DENIED = 'denied by ext_authz for not found header `x-ext-authz: allow` in the request';

/**
 * Plays Istio's sample of an external authorizer: a request with `x-ext-authz: allow` may pass, and over gRPC one of the
 * service account `a` (https://github.com/istio/istio/tree/master/samples/extauthz).
 */
export function extAuthz({ part: { args }, say }: Stage): Role {
  const account = `/sa/${flagOf(args, 'allow_service_account') ?? 'a'}`;
  return {
    async http(request, response) {
      const allowed = request.headers['x-ext-authz'] === 'allow';
      const target = `${request.method} ${request.headers.host ?? ''}${request.url}`;
      say(`[HTTP][${allowed ? 'allowed' : 'denied'}]: ${target}`);
      const headers = {
        [RESULT]: allowed ? 'allowed' : 'denied',
        'x-ext-authz-check-received': target,
        ...additional(request.headers['x-ext-authz-additional-header-override']),
      };
      send(response, allowed ? { status: 200, body: '', headers } : { status: 403, body: DENIED, headers });
    },
    async grpc({ path, messages }, reply) {
      const version = CHECK.exec(path)?.[1];
      if (version === undefined) throw new GrpcError(grpcStatus.unimplemented, `no method is called ${path}`);
      const { headers, principal, target } = checked(await firstMessage(messages));
      const allowed = headers.get('x-ext-authz') === 'allow' || principal.endsWith(account);
      say(`[gRPC${version}][${allowed ? 'allowed' : 'denied'}]: ${target}`);
      reply.send(allowed ? allowance() : denial());
    },
  };
}

function additional(value: string | string[] | undefined): Record<string, string> {
  return value === undefined ? {} : { 'x-ext-authz-additional-header-override': String(value) };
}

/** The numbers of a message's fields that are read, and what is in each. */
type Fields = ReadonlyMap<number, readonly Uint8Array[]>;

/** The length-delimited fields of a message; others are passed over. */
function fieldsOf(message: Uint8Array = new Uint8Array(0)): Fields {
  const reader = protobuf.Reader.create(message);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) !== 2) reader.skipType(tag & 7);
    else fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), reader.bytes()]);
  }
  return fields;
}

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

/** Of envoy.service.auth.v3.CheckRequest: attributes (1), of which source (1).principal (4) and request (4).http (2). */
function checked(message: Uint8Array) {
  const attributes = fieldsOf(fieldsOf(message).get(1)?.[0]);
  const http = fieldsOf(fieldsOf(attributes.get(4)?.[0]).get(2)?.[0]);
  const entries = (http.get(3) ?? []).map(fieldsOf);
  return {
    principal: textOf(fieldsOf(attributes.get(1)?.[0]).get(4)?.[0]),
    headers: new Map(entries.map((entry) => [textOf(entry.get(1)?.[0]), textOf(entry.get(2)?.[0])])),
    target: `${textOf(http.get(2)?.[0])} ${textOf(http.get(5)?.[0])}${textOf(http.get(4)?.[0])}`,
  };
}

/** A HeaderValueOption: header (1) with key (1) and value (2). */
function resultHeader(writer: protobuf.Writer, number: number, result: string): protobuf.Writer {
  writer.uint32((number << 3) | 2).fork();
  writer.uint32(10).fork().uint32(10).string(RESULT).uint32(18).string(result).ldelim();
  return writer.ldelim();
}

/** CheckResponse: status (1), ok_response (3) with headers (2). */
function allowance(): Uint8Array {
  const writer = protobuf.Writer.create().uint32(10).fork().ldelim().uint32(26).fork();
  return resultHeader(writer, 2, 'allowed').ldelim().finish();
}

/** CheckResponse: status (1).code (1), denied_response (2) with status (1).code (1), headers (2) and body (3). */
function denial(): Uint8Array {
  const writer = protobuf.Writer.create()
    .uint32(10)
    .fork()
    .uint32(8)
    .int32(grpcStatus.permissionDenied)
    .ldelim();
  writer.uint32(18).fork().uint32(10).fork().uint32(8).int32(403).ldelim();
  return resultHeader(writer, 2, 'denied').uint32(26).string(DENIED).ldelim().finish();
}
