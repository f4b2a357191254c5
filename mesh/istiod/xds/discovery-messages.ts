import protobuf from 'protobufjs';
import type { Any } from '#mesh/istiod/xds/encode-message.ts';

/** The fields of Envoy's messages that are read and written here; of a node, whose extensions take 77 KB, only its id. */
const { root } = protobuf.parse(
  `syntax = "proto3";
  message Node { string id = 1; }
  message Status { int32 code = 1; string message = 2; }
  message Any { string type_url = 1; bytes value = 2; }
  message Resource { string version = 1; Any resource = 2; string name = 3; }
  message DeltaDiscoveryRequest {
    Node node = 1;
    string type_url = 2;
    repeated string resource_names_subscribe = 3;
    repeated string resource_names_unsubscribe = 4;
    map<string, string> initial_resource_versions = 5;
    string response_nonce = 6;
    Status error_detail = 7;
  }
  message DeltaDiscoveryResponse {
    repeated Resource resources = 2;
    string type_url = 4;
    string nonce = 5;
    repeated string removed_resources = 6;
  }`,
  { keepCase: true },
);

/** An Envoy's request: what it wants, or whether it accepted an answer. */
export interface DeltaRequest {
  /** In the first request of a stream. */
  readonly node?: { readonly id: string } | null;
  readonly type_url: string;
  readonly resource_names_subscribe: readonly string[];
  readonly resource_names_unsubscribe: readonly string[];
  /** What it has from a former stream, in the first request for a type. */
  readonly initial_resource_versions: Readonly<Record<string, string>>;
  /** Of the answer that it acknowledges or refuses; empty when it only asks. */
  readonly response_nonce: string;
  /** Why it refuses the answer. */
  readonly error_detail?: { readonly message: string } | null;
}

export interface DeltaResponse {
  readonly resources: readonly { readonly name: string; readonly version: string; readonly resource: Any }[];
  readonly removed_resources: readonly string[];
  readonly type_url: string;
  readonly nonce: string;
}

/** The stream's method as grpc-js takes it (https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds). */
export const adsService = {
  DeltaAggregatedResources: {
    path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
    requestStream: true,
    responseStream: true,
    ...codec<DeltaRequest, 'request'>('request', 'DeltaDiscoveryRequest'),
    ...codec<DeltaResponse, 'response'>('response', 'DeltaDiscoveryResponse'),
  },
} as const;

type Codec<Message, Side extends string> = {
  readonly [K in `${Side}Serialize`]: (message: Message) => Buffer;
} & {
  readonly [K in `${Side}Deserialize`]: (bytes: Buffer) => Message;
};

function codec<Message extends object, Side extends string>(side: Side, name: string): Codec<Message, Side> {
  const type = root.lookupType(name);
  return {
    [`${side}Serialize`]: (message: Message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    [`${side}Deserialize`]: (bytes: Buffer) =>
      type.toObject(type.decode(bytes), { defaults: true, arrays: true, objects: true }),
  } as unknown as Codec<Message, Side>;
}
