import { isDeepStrictEqual } from 'node:util';
import type { Identities, Identity } from '#mesh/istiod/ca/identities.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import type { ZipkinCollector } from '#mesh/istiod/envoy/scope.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { Rejection } from '#mesh/istiod/xds/acknowledgement.ts';
import { proxySecrets } from '#mesh/istiod/xds/proxy-secrets.ts';
import type { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';

/** One Envoy of the mesh, with what its configuration depends on. */
export interface RunningProxy {
  readonly process: ProxyProcess;
  readonly identity: Identity;
  /** Its place in a mesh; undefined when the mesh has none for it any more. */
  readonly find: (mesh: Mesh) => MeshProxy | undefined;
}

export interface PublishOptions {
  readonly proxies: readonly RunningProxy[];
  readonly mesh: Mesh;
  readonly resources: readonly Resource[];
  readonly identities: Identities;
  readonly version: string;
  /** Where the Envoys send their spans; without it they make none. */
  readonly zipkin: ZipkinCollector | undefined;
}

/** Brings all Envoys to a mesh at the same time. Resolves when each has acknowledged; returns those that refused. */
export async function publish(options: PublishOptions): Promise<readonly Rejection[]> {
  const results = await Promise.all(options.proxies.map((proxy) => configure(proxy, options)));
  return results.flatMap((rejection) => rejection ?? []);
}

async function configure(
  { process, identity, find }: RunningProxy,
  { mesh, resources, identities, version, zipkin }: PublishOptions,
): Promise<Rejection | undefined> {
  const proxy = find(mesh);
  if (!proxy) {
    return undefined;
  }
  const config = configOf(process, { mesh, proxy, zipkin });
  process.offerSecrets(await proxySecrets(config.secrets, { identities, identity, resources }), version);
  return process.configure(config, { version, proxy });
}

interface Configured {
  readonly mesh: Mesh;
  readonly proxy: MeshProxy;
  readonly zipkin: ZipkinCollector | undefined;
}

const latest = new WeakMap<ProxyProcess, { readonly of: Configured; readonly config: EnvoyConfig }>();

/** The configuration of an Envoy; of the same mesh the same one, as a mesh is often looked at that has not changed. */
function configOf(process: ProxyProcess, of: Configured): EnvoyConfig {
  const known = latest.get(process);
  if (known?.of.mesh === of.mesh && isDeepStrictEqual(known.of, of)) return known.config;
  const { mesh, proxy, zipkin } = of;
  const options = { metrics: true, before: known?.config, ...(zipkin && { zipkin }) };
  const config = envoyFor(mesh, proxy, options);
  latest.set(process, { of, config });
  return config;
}

export function sidecarIn(mesh: Mesh, name: string, namespace: string): MeshProxy | undefined {
  const pod = mesh.pods.find((candidate) => candidate.name === name && candidate.namespace === namespace);
  return pod?.sidecar && { role: 'sidecar', pod, sidecar: pod.sidecar };
}

export function gatewayIn(mesh: Mesh, name: string): MeshProxy | undefined {
  const gateway = mesh.gateways.find((candidate) => candidate.name === name);
  return gateway && { role: 'gateway', gateway };
}
