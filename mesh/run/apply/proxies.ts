import { envoyFor } from '#mesh/envoy/envoy-for.ts';
import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import type { Identities, Identity } from '#mesh/run/certificates/identities.ts';
import type { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';
import { secretResponses } from '#mesh/run/proxies/proxy-secrets.ts';
import type { Rejection } from '#mesh/run/proxies/rejection.ts';
import type { Resource } from '#mesh/schema/resource.ts';

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
  const config = envoyFor(mesh, proxy, { metrics: true, ...(zipkin && { zipkin }) });
  process.offerSecrets(await secretResponses(config.secrets, { identities, identity, resources }));
  return process.configure(config, { version, proxy });
}

export function sidecarIn(mesh: Mesh, name: string, namespace: string): MeshProxy | undefined {
  const pod = mesh.pods.find((candidate) => candidate.name === name && candidate.namespace === namespace);
  return pod?.sidecar && { role: 'sidecar', pod, sidecar: pod.sidecar };
}

export function gatewayIn(mesh: Mesh, name: string): MeshProxy | undefined {
  const gateway = mesh.gateways.find((candidate) => candidate.name === name);
  return gateway && { role: 'gateway', gateway };
}
