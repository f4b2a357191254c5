import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import { DEFAULT_TELEMETRY, type WorkloadTelemetry } from '#mesh/model/telemetry.ts';
import { type WorkloadIdentity, workloadIdentity } from '#mesh/model/workload-identity.ts';

/** Who reports, what is to be reported, and to whom. */
export interface Observer {
  readonly identity: WorkloadIdentity;
  readonly telemetry: WorkloadTelemetry;
  /** Istio's meshConfig.trustDomain, which is the mesh's id as well. */
  readonly trustDomain: string;
  /** Where spans go; without it none are made. */
  readonly zipkin?: ZipkinCollector;
  /** Whether Istio's standard metrics are counted. */
  readonly metrics: boolean;
}

export interface ObserverOptions {
  readonly zipkin?: ZipkinCollector;
  readonly metrics?: boolean;
}

/** The workload that a proxy reports for; kube-proxy is none. */
export function observerOf(mesh: Mesh, proxy: MeshProxy, options: ObserverOptions): Observer | undefined {
  if (proxy.role === 'kube-proxy') return undefined;
  const workload = proxy.role === 'sidecar' ? proxy.pod : proxy.gateway;
  const { zipkin, metrics = false } = options;
  return {
    identity: workloadIdentity(workload),
    telemetry: mesh.telemetry?.[`${workload.name}.${workload.namespace}`] ?? DEFAULT_TELEMETRY,
    trustDomain: mesh.trustDomain,
    metrics,
    ...(zipkin && { zipkin }),
  };
}
