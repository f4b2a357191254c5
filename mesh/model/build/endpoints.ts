import type { BuildInput } from '#mesh/model/build/input.ts';
import { peerAuthenticationOf } from '#mesh/model/build/peer-authentication.ts';
import { spiffeId } from '#mesh/model/identity.ts';
import type { Labels, Pod, PodPort } from '#mesh/model/pod.ts';
import type { Endpoint } from '#mesh/model/service.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

type ServicePort = ResourceOf<'Service'>['spec']['ports'][number];

/**
 * The pods that a Service selects, ready or not: what a pod's own sidecar makes of its ports must not change in the
 * moment in which requests begin to arrive.
 */
export function endpointsOf(service: ResourceOf<'Service'>, input: BuildInput): Endpoint[] {
  const { selector, ports } = service.spec;
  // A Service without selector has no endpoints of its own.
  if (Object.keys(selector).length === 0) return [];
  return input.pods
    .filter((pod) => pod.namespace === service.metadata.namespace && selects(selector, pod.labels))
    .map((pod) => toEndpoint(pod, ports, input));
}

/** Whether every label of `selector` stands in `labels`. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function toEndpoint(pod: Pod, ports: readonly ServicePort[], input: BuildInput): Endpoint {
  const { trustDomain = 'cluster.local' } = input;
  const mutualTls =
    pod.sidecar !== undefined && peerAuthenticationOf(pod, input.resources).mode !== 'DISABLE';
  return {
    address: '127.0.0.1',
    ports: Object.fromEntries(
      ports.flatMap((port) => {
        const target = targetPort(pod, port);
        return target ? [[port.port, target.inboundPort]] : [];
      }),
    ),
    labels: pod.labels,
    mutualTls,
    ...(pod.sidecar && { identity: spiffeId(trustDomain, pod.namespace, pod.serviceAccount) }),
    pod: `${pod.name}.${pod.namespace}`,
    ...(pod.workload !== undefined && { workload: pod.workload }),
    ready: pod.ready,
  };
}

/** The pod's port that a Service's `targetPort` means: by name, by number, or the Service's own number. */
export function targetPort(pod: Pod, port: ServicePort): PodPort | undefined {
  const target = port.targetPort ?? port.port;
  return pod.ports.find(({ name, containerPort }) =>
    typeof target === 'string' ? name === target : containerPort === target,
  );
}
