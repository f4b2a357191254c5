import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { PEER } from '#mesh/istiod/envoy/telemetry/labels.ts';
import type { WorkloadIdentity } from '#mesh/istiod/model/workload-identity.ts';
import { once } from '#mesh/once.ts';

/** Istio's header, by which a client's proxy tells the server's who it is. No program ever sees it. */
const HEADER = 'x-envoy-peer-metadata';

/** For routes to services of the mesh: what the caller is, whatever its program says. */
export const peerHeader = once((identity: WorkloadIdentity): envoy.HeaderValueOption => {
  const value = encodeValue({ ...identity }).toString('base64');
  return { header: { key: HEADER, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' };
});

/** Takes the header away from a request, and keeps what it says for the labels of the metrics. */
export const peerFilter: envoy.HttpFilter = {
  name: 'envoy.filters.http.header_to_metadata',
  typed_config: typed('envoy.extensions.filters.http.header_to_metadata.v3.Config', {
    request_rules: [
      {
        header: HEADER,
        on_header_present: {
          metadata_namespace: PEER.namespace,
          key: PEER.key,
          type: 'PROTOBUF_VALUE',
          encode: 'BASE64',
        },
        remove: true,
      },
    ],
  }),
};

/** A google.protobuf.Value that holds a struct of strings. */
function encodeValue(fields: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(fields).map(([key, value]) => {
    const stringValue = message(3, Buffer.from(value));
    return message(1, Buffer.concat([message(1, Buffer.from(key)), message(2, stringValue)]));
  });
  return message(5, Buffer.concat(entries));
}

/** A length-delimited field of a protobuf message. */
function message(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];
}
