import { type BuildInput, selects } from '#mesh/istiod/config/build/input.ts';
import { namespaceMode, peerAuthenticationOf } from '#mesh/istiod/config/build/policies.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { Labels, Pod, PodPort } from '#mesh/istiod/model/pod.ts';
import type { Endpoint } from '#mesh/istiod/model/service.ts';
import { spiffeId } from '#mesh/istiod/model/workload-identity.ts';
import { once } from '#mesh/once.ts';

/** A port of what selects pods. */
export type SelectingPort = Pick<
  ResourceOf<'Service'>['spec']['ports'][number],
  'name' | 'port' | 'targetPort'
>;

export interface PodSelection {
  readonly selector: Labels;
  readonly namespace: string;
  readonly ports: readonly SelectingPort[];
}

/** The pods of a namespace with these labels, at the ports of what selects them. */
export function podEndpoints({ ports, ...selection }: PodSelection, input: BuildInput): Endpoint[] {
  return selectedPods(selection, input).map((pod) => podEndpoint(pod, ports, input));
}

export function selectedPods(
  { selector, namespace }: Omit<PodSelection, 'ports'>,
  { pods }: Pick<BuildInput, 'pods'>,
): Pod[] {
  const [[label, value] = []] = Object.entries(selector);
  const candidates = podsByLabel(pods).get(labelKey(namespace, label, value)) ?? [];
  return candidates.filter((pod) => selects(selector, pod.labels));
}

const podsByLabel = once((pods: readonly Pod[]) => {
  const keyed = pods.flatMap((pod) =>
    Object.entries(pod.labels).map(([label, value]) => ({ key: labelKey(pod.namespace, label, value), pod })),
  );
  const byKey = Map.groupBy(keyed, ({ key }) => key);
  return new Map([...byKey].map(([key, found]) => [key, found.map(({ pod }) => pod)]));
});

function labelKey(namespace: string, label = '', value = ''): string {
  return `${namespace}/${label}=${value}`;
}

/** A pod as a service with these ports knows it. */
export function podEndpoint(pod: Pod, ports: readonly SelectingPort[], input: BuildInput): Endpoint {
  const { trustDomain = 'cluster.local' } = input;
  return {
    address: '127.0.0.1',
    ports: Object.fromEntries(
      ports.flatMap((port) => {
        const target = targetPort(pod, port);
        return target ? [[port.port, target.inboundPort]] : [];
      }),
    ),
    labels: pod.labels,
    ...securityOf(pod, ports, input),
    ...(pod.sidecar && { identity: spiffeId(trustDomain, pod.namespace, pod.serviceAccount) }),
    pod: `${pod.name}.${pod.namespace}`,
    ...(pod.workload !== undefined && { workload: pod.workload }),
    ready: pod.ready,
  };
}

/**
 * Where callers use mutual TLS: wherever the pod's sidecar takes it. In a namespace of mode DISABLE they use none, also to a
 * workload that demands it, as in Istio.
 */
function securityOf(
  pod: Pod,
  ports: readonly SelectingPort[],
  { resources }: BuildInput,
): Pick<Endpoint, 'mutualTls' | 'plainPorts'> {
  if (!pod.sidecar || namespaceMode(pod.namespace, resources) === 'DISABLE') return { mutualTls: false };
  const { mode, portLevel } = peerAuthenticationOf(pod, resources);
  const reached = ports.map((port) => ({ port: port.port, target: targetPort(pod, port) }));
  const plainPorts = reached
    .filter(({ target }) => ((target && portLevel[target.containerPort]) ?? mode) === 'DISABLE')
    .map(({ port }) => port);
  const mutualTls = plainPorts.length < ports.length;
  return { mutualTls, ...(mutualTls && plainPorts.length > 0 && { plainPorts }) };
}

/** The pod's port that a Service's `targetPort` means: by name, by number, or the Service's own number. */
function targetPort(pod: Pod, port: SelectingPort): PodPort | undefined {
  const target = port.targetPort ?? port.port;
  return pod.ports.find(({ name, containerPort }) =>
    typeof target === 'string' ? name === target : containerPort === target,
  );
}
