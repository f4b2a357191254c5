import type { Labels } from '#mesh/istiod/model/pod.ts';

/** How telemetry names a workload. */
export interface WorkloadIdentity {
  /** The Deployment's name. */
  readonly workload: string;
  readonly namespace: string;
  /** From the label `app`; '' without one. */
  readonly app: string;
  /** From the label `version`; '' without one. */
  readonly version: string;
  readonly canonicalService: string;
  readonly canonicalRevision: string;
  /** Istio's name of the cluster, which is its default for the only one. */
  readonly cluster: 'Kubernetes';
}

export interface IdentifiedWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** The Deployment behind a pod; its own name without one. */
  readonly workload?: string;
}

/** Istio's canonical names (https://istio.io/latest/docs/ops/configuration/telemetry/canonical-service/). */
export function workloadIdentity(of: IdentifiedWorkload): WorkloadIdentity {
  const { labels, namespace, workload = of.name } = of;
  return {
    workload,
    namespace,
    app: labels['app'] ?? '',
    version: labels['version'] ?? '',
    canonicalService:
      labels['service.istio.io/canonical-name'] ??
      labels['app.kubernetes.io/name'] ??
      labels['app'] ??
      workload,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels['version'] ??
      'latest',
    cluster: 'Kubernetes',
  };
}

/** The SPIFFE URI in a workload's certificate (https://istio.io/latest/docs/concepts/security/#istio-identity). */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}
