import type { Deployment, Namespace } from '#mesh/schema/resource.ts';

/**
 * Whether new pods of a Deployment get a sidecar, decided as Istio's webhook does: the pod's own label
 * `sidecar.istio.io/inject` (or the older annotation) wins over the namespace's `istio-injection`
 * (https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/).
 */
export function isInjected(deployment: Deployment, namespace: Namespace | undefined): boolean {
  const { labels, annotations } = deployment.spec.template.metadata;
  const own = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  const enabled = namespace?.metadata.labels['istio-injection'] === 'enabled';
  const disabled = namespace?.metadata.labels['istio-injection'] === 'disabled';
  return own === undefined ? enabled : own === 'true' && !disabled;
}
