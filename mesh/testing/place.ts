import type { BuildInput } from '#mesh/istiod/config/build/input.ts';
import type { Resource, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';

/** A laptop on which everything has found a place: one pod per Deployment, with ports counted from 20000. */
export function place(resources: readonly Resource[]): BuildInput {
  const deployments = resources.filter((resource) => resource.kind === 'Deployment');
  return {
    resources,
    pods: deployments.map((deployment, index) => podOf(deployment, 20_000 + 100 * index)),
    gateways: [
      {
        name: 'istio-ingressgateway',
        namespace: 'istio-system',
        labels: { istio: 'ingressgateway' },
        serviceAccount: 'istio-ingressgateway',
        ports: { 80: 8080, 443: 8443 },
      },
    ],
    standIns: [{ host: 'time.jsontest.com', port: 80, address: '127.0.0.1', localPort: 22_080 }],
    outboundPolicy: 'REGISTRY_ONLY',
  };
}

function podOf({ metadata, spec }: ResourceOf<'Deployment'>, base: number): Pod {
  const { labels, annotations } = spec.template.metadata ?? { labels: {}, annotations: {} };
  const inject = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  const sidecar = inject !== 'false';
  const ports = spec.template.spec.containers.flatMap((container) => container.ports);
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    labels,
    serviceAccount: spec.template.spec.serviceAccountName ?? 'default',
    ready: spec.replicas !== 0,
    ports: ports.map(({ name, containerPort }, index) => ({
      ...(name !== undefined && { name }),
      containerPort,
      appPort: base + index,
      inboundPort: sidecar ? base + 50 + index : base + index,
    })),
    ...(sidecar && { sidecar: { outboundPort: base + 98 } }),
  };
}
