import { createRequire } from 'node:module';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { GrpcError, grpcStatus } from '#platform/grpc/messages.ts';
import type { GrpcReply, GrpcRequest } from '#services/stand-in/part.ts';

const HEALTH = '/grpc.health.v1.Health/';
const REFLECTION = /^\/grpc\.reflection\.(v1|v1alpha)\.ServerReflection\/ServerReflectionInfo$/;
const SERVING = 1;

/** What an echo says about itself and the request. */
export interface EchoFacts {
  readonly workload: string;
  readonly version: string;
  readonly pod: string;
  readonly port: number;
  readonly caller: string;
  readonly headers: Readonly<Record<string, string>>;
}

const files = ['health.proto', 'echo.proto', 'reflection.proto'].map((file) =>
  join(import.meta.dirname, file),
);
let loaded: protobuf.Root | undefined;

/** Read once for all parts, at the first call that needs them. */
function root(): protobuf.Root {
  loaded ??= new protobuf.Root().loadSync(files);
  return loaded;
}

const type = (name: string) => root().lookupType(name);

/** The services that every stand-in has: health, reflection and Echo. */
export class GrpcServices {
  static readonly echoPath = '/mesh101.standin.v1.Echo/Echo';

  /** Answers what is about health or reflection; false for everything else. */
  async answer(request: GrpcRequest, reply: GrpcReply): Promise<boolean> {
    const { path, messages } = request;
    if (path.startsWith(HEALTH)) {
      for await (const _ of messages) break;
      reply.send(
        type('grpc.health.v1.HealthCheckResponse')
          .encode({ status: SERVING } as object as protobuf.Message)
          .finish(),
      );
      return true;
    }
    if (!REFLECTION.test(path)) return false;
    for await (const message of messages) reply.send(reflect(message));
    return true;
  }

  echo(message: Uint8Array, facts: EchoFacts): Uint8Array {
    const { text } = decoded('mesh101.standin.v1.EchoRequest', message) as { text?: string };
    const reply = type('mesh101.standin.v1.EchoReply');
    return reply.encode(reply.create({ text, ...facts })).finish();
  }
}

function decoded(name: string, message: Uint8Array): object {
  try {
    return type(name).decode(message).toJSON();
  } catch (error) {
    throw new GrpcError(grpcStatus.invalidArgument, `no ${name}: ${(error as Error).message}`);
  }
}

interface ReflectionRequest {
  readonly listServices?: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
}

/** https://github.com/grpc/grpc/blob/master/doc/server-reflection.md; v1 and v1alpha have the same messages. */
function reflect(message: Uint8Array): Uint8Array {
  const request = decoded('grpc.reflection.v1.ServerReflectionRequest', message) as ReflectionRequest;
  const response = type('grpc.reflection.v1.ServerReflectionResponse');
  const named = request.fileContainingSymbol ?? request.fileByFilename;
  const answer =
    named === undefined
      ? { listServicesResponse: { service: served.map((name) => ({ name })) } }
      : fileAnswer(named);
  return response.encode(response.fromObject({ originalRequest: request, ...answer })).finish();
}

const served = ['grpc.health.v1.Health', 'mesh101.standin.v1.Echo', 'grpc.reflection.v1.ServerReflection'];

function fileAnswer(named: string) {
  const found = served
    .map((name) => name.slice(0, name.lastIndexOf('.')))
    .find((part) => named.startsWith(part));
  if (!found) {
    return {
      errorResponse: { errorCode: grpcStatus.notFound, errorMessage: `a stand-in does not know ${named}` },
    };
  }
  return { fileDescriptorResponse: { fileDescriptorProto: [descriptorOf(found)] } };
}

interface FileDescriptor {
  readonly package: string;
  readonly messageType: readonly MessageDescriptor[];
}

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly { typeName?: string }[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly { readonly name: string }[];
}

interface Describing {
  toDescriptor(edition: string): { readonly file: readonly FileDescriptor[] };
}

/** The file of a package as a FileDescriptorProto. */
function descriptorOf(pack: string): Uint8Array {
  // It teaches protobufjs to write descriptors, which nothing else needs.
  const { FileDescriptorProto } = createRequire(import.meta.url)('protobufjs/ext/descriptor') as {
    readonly FileDescriptorProto: protobuf.Type;
  };
  const named: unknown = new protobuf.Root().loadSync(files, { keepCase: true });
  const { file: described } = (named as Describing).toDescriptor('proto3');
  const file = described.find((one) => one.package === pack);
  for (const message of file?.messageType ?? []) makeAbsolute(message, `.${pack}`);
  return FileDescriptorProto.encode(file as unknown as protobuf.Message).finish();
}

/** protobufjs names types as the source does; clients take only names from the root for sure. */
function makeAbsolute(message: MessageDescriptor, scope: string): void {
  const own = new Set([...message.nestedType, ...message.enumType].map(({ name }) => name));
  for (const field of message.field) {
    const { typeName } = field;
    if (!typeName || typeName.startsWith('.')) continue;
    field.typeName = own.has(typeName) ? `${scope}.${message.name}.${typeName}` : `${scope}.${typeName}`;
  }
  for (const nested of message.nestedType) makeAbsolute(nested, `${scope}.${message.name}`);
}
