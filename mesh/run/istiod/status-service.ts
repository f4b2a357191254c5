import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { istioVersion } from '#mesh/istiod/model/mesh.ts';
import { type Any, encodeAny } from '#mesh/istiod/xds/encode-message.ts';
import { configDump } from '#mesh/run/istiod/config-dump.ts';
import type { DebugPages } from '#mesh/run/istiod/debug-pages.ts';
import type { GrpcCall } from '#mesh/run/istiod/grpc-stream.ts';
import type { SyncStatus } from '#mesh/run/istiod/sync-status.ts';
import { GrpcError, grpcStatus } from '#platform/grpc/messages.ts';

const { root } = protobuf.parse(readFileSync(new URL('status.proto', import.meta.url), 'utf8'), {
  keepCase: true,
});
const requestType = root.lookupType('DiscoveryRequest');
const responseType = root.lookupType('DiscoveryResponse');
const clientConfigType = root.lookupType('ClientConfig');

const method = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** Istio's types for what is not configuration: istioctl asks for them as for any resource of xDS. */
const debugType = 'istio.io/debug';
const syncType = `${debugType}/syncz`;
const dumpType = `${debugType}/config_dump`;

interface Request {
  readonly resource_names: readonly string[];
  readonly type_url: string;
  readonly response_nonce: string;
}

export interface StatusServiceOptions {
  readonly pages: DebugPages;
  /** The name of the control plane's pod. */
  readonly podName: () => string;
}

/** Answers `istioctl proxy-status`, `x version` and `x internal-debug`, which come by xDS. */
export function statusService(options: StatusServiceOptions) {
  let nonce = 0;
  return async ({ path, messages, send }: GrpcCall): Promise<void> => {
    if (path !== method) throw new GrpcError(grpcStatus.unimplemented, `unknown method ${path}`);
    const sent = new Set<string>();
    for await (const message of messages) {
      const request = decode(message);
      // With a nonce of ours it acknowledges what it got; istioctl puts one of its own into its first request.
      if (sent.has(request.response_nonce)) continue;
      nonce += 1;
      sent.add(String(nonce));
      const answer = await answerTo(request, options);
      const version_info = new Date().toISOString();
      send(
        encode(responseType, {
          ...answer,
          ...{ version_info, nonce: String(nonce), type_url: request.type_url },
        }),
      );
    }
  };
}

function decode(message: Buffer): Request {
  try {
    const decoded = requestType.decode(message);
    return requestType.toObject(decoded, { defaults: true, arrays: true }) as Request;
  } catch (error) {
    throw new GrpcError(
      grpcStatus.invalidArgument,
      `this is not a DiscoveryRequest: ${(error as Error).message}`,
    );
  }
}

function encode(type: protobuf.Type, value: object): Uint8Array {
  return type.encode(type.fromObject(value)).finish();
}

async function answerTo({ type_url, resource_names }: Request, options: StatusServiceOptions) {
  const [name = ''] = resource_names;
  switch (type_url) {
    case syncType: {
      const statuses = options.pages.statuses();
      const identifier = JSON.stringify({
        Component: 'istiod',
        ID: options.podName(),
        Info: { version: istioVersion, revision: 'mesh101', status: 'Clean', tag: istioVersion },
      });
      return { resources: statuses.map(clientConfig), control_plane: { identifier } };
    }
    case dumpType:
      return { resources: dumpOf(name, options) };
    case debugType: {
      const text = JSON.stringify(await options.pages.read(`/debug/${name}`), null, 2);
      return { resources: [{ type_url: debugType, value: Buffer.from(text) }] };
    }
    default:
      throw new GrpcError(
        grpcStatus.unimplemented,
        `${type_url} is not served here: the Envoys of the mesh get their configuration through another socket`,
      );
  }
}

/** Nothing for an Envoy that is not known: istioctl says so. */
function dumpOf(name: string, { pages }: StatusServiceOptions): readonly Any[] {
  const process = pages.proxies.find((proxy) => proxy.name === name);
  return process ? configDump(process).map(encodeAny) : [];
}

/** Istiod names a proxy by its pod and namespace, not by the whole id that its Envoy sends. */
function clientConfig({ name, metadata, lastSent, types }: SyncStatus): Any {
  const seconds = Math.floor(lastSent.getTime() / 1000);
  const fields = Object.fromEntries(
    Object.entries(metadata).map(([name, string_value]) => [name, { string_value }]),
  );
  const value = encode(clientConfigType, {
    node: { id: name, metadata: { fields } },
    generic_xds_configs: types.map(({ typeUrl, sent, status }) => ({
      type_url: typeUrl,
      version_info: sent,
      last_updated: { seconds },
      config_status: status,
    })),
  });
  return { type_url: 'type.googleapis.com/envoy.service.status.v3.ClientConfig', value };
}
