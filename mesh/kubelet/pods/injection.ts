import type { DraftObject, StringMap } from '#mesh/apiserver/object.ts';
import { workloadOf } from '#mesh/kubelet/pods/pod-plan.ts';

export const sidecarContainer = 'istio-proxy';

interface PodSpec {
  readonly containers?: readonly { readonly name?: string }[];
  readonly hostNetwork?: boolean;
}

/**
 * Whether a new pod gets a sidecar, decided as Istio's webhooks do: the namespace's `istio-injection`, else its `istio.io/rev`, else the
 * pod's own labels select it; then its label `sidecar.istio.io/inject`, or the older annotation, can decline
 * (https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/).
 */
export function isInjected({ metadata, ...pod }: DraftObject, namespaceLabels: StringMap): boolean {
  const spec = pod['spec'] as PodSpec | undefined;
  // `istioctl kube-inject` has already added it.
  const hasOne = spec?.containers?.some(({ name }) => name === sidecarContainer);
  if (spec?.hostNetwork || hasOne) return false;
  const { labels = {}, annotations = {} } = metadata;
  const { 'istio-injection': injection, 'istio.io/rev': revision } = namespaceLabels;
  const selected =
    injection === undefined ? (revision ?? ownRevision(labels)) === 'default' : injection === 'enabled';
  const own = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'] ?? '';
  return selected && /^(|y|yes|true|on)$/i.test(own);
}

/** If the namespace says nothing, the pod may ask for a revision, or for any. */
function ownRevision(labels: StringMap): string | undefined {
  return labels['istio.io/rev'] ?? (labels['sidecar.istio.io/inject'] === 'true' ? 'default' : undefined);
}

/** The pod with its sidecar, as Istio's webhook leaves it. */
export function withSidecar(pod: DraftObject): DraftObject {
  const { metadata } = pod;
  const spec = pod['spec'] as PodSpec | undefined;
  const containers = spec?.containers ?? [];
  const first = containers[0]?.name;
  return {
    ...pod,
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        'security.istio.io/tlsMode': 'istio',
        'service.istio.io/canonical-name': canonicalName(pod),
        'service.istio.io/canonical-revision': canonicalRevision(pod),
      },
      annotations: {
        ...metadata.annotations,
        ...(first && { 'kubectl.kubernetes.io/default-container': first }),
        'istio.io/rev': 'default',
        'sidecar.istio.io/status': JSON.stringify({ containers: [sidecarContainer], revision: 'default' }),
      },
    },
    spec: { ...spec, containers: [...containers, proxyContainer] },
  };
}

function canonicalName({ metadata }: DraftObject): string {
  const { labels = {} } = metadata;
  return (
    labels['service.istio.io/canonical-name'] ??
    labels['app.kubernetes.io/name'] ??
    labels['app'] ??
    workloadOf(metadata)
  );
}

function canonicalRevision({ metadata: { labels = {} } }: DraftObject): string {
  return (
    labels['service.istio.io/canonical-revision'] ??
    labels['app.kubernetes.io/version'] ??
    labels['version'] ??
    'latest'
  );
}

/** What `proxy` runs is an Envoy of this machine. */
const proxyContainer = {
  name: sidecarContainer,
  image: 'docker.io/istio/proxyv2:laptop',
  args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
  ports: [{ name: 'http-envoy-prom', containerPort: 15090, protocol: 'TCP' }],
};
