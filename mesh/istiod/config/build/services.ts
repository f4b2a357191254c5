import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { type BuildInput, selects } from '#mesh/istiod/config/build/input.ts';
import { manualEndpoints } from '#mesh/istiod/config/build/manual-endpoints.ts';
import { type NodePorts, nodePortKey, nodePortsOf } from '#mesh/istiod/config/build/node-ports.ts';
import {
  type PodSelection,
  podEndpoint,
  podEndpoints,
  selectedPods,
} from '#mesh/istiod/config/build/pod-endpoints.ts';
import { selectProtocol } from '#mesh/istiod/config/build/protocol.ts';
import { workloadEntryEndpoints } from '#mesh/istiod/config/build/workload-entries.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { gatewayServicePort } from '#mesh/istiod/model/gateway.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import type { Endpoint, Service } from '#mesh/istiod/model/service.ts';
import { spiffeId } from '#mesh/istiod/model/workload-identity.ts';
import { onceWith } from '#mesh/once.ts';

/** The registry: every Kubernetes Service, with its pods as endpoints, as it is without DestinationRules. */
export function kubernetesServices(input: BuildInput): Service[] {
  const nodePorts = nodePortsOf(input.resources);
  return ofKind(input.resources, 'Service')
    .filter(({ spec }) => spec.type !== 'ExternalName')
    .map((service) =>
      latest(service, surroundings(service, { input, nodePorts }), () =>
        toService(service, { input, nodePorts }),
      ),
    );
}

/** A change elsewhere leaves a service as it is. */
const latest = onceWith<ResourceOf<'Service'>, Service>();

interface Surroundings {
  readonly input: BuildInput;
  readonly nodePorts: NodePorts;
}

/** Everything besides itself that a service is made of. */
function surroundings(
  { metadata: { name, namespace }, spec }: ResourceOf<'Service'>,
  { input, nodePorts }: Surroundings,
): readonly unknown[] {
  const { resources, trustDomain, pods, slices } = input;
  const { selector, ports } = spec;
  const host = serviceHost(name, namespace);
  const entries = ofKind(resources, 'WorkloadEntry');
  return [
    trustDomain,
    ...ports.map(({ port }) => nodePorts.get(nodePortKey(host, port))),
    ...ofKind(resources, 'PeerAuthentication'),
    // An address that is written down may be any pod's.
    ...(isEmpty(selector) || entries.length > 0
      ? [...pods, ...(slices ?? []), ...entries]
      : selectedPods({ selector, namespace }, input)),
    ...selectedGateways({ selector, namespace }, input),
  ];
}

function isEmpty(selector: Labels): boolean {
  return Object.keys(selector).length === 0;
}

function toService(service: ResourceOf<'Service'>, { input, nodePorts }: Surroundings): Service {
  const { name, namespace } = service.metadata;
  const host = serviceHost(name, namespace);
  return {
    host,
    name,
    namespace,
    location: 'MESH_INTERNAL',
    clusterIP: service.spec.clusterIP ?? clusterIpOf(host),
    source: service.document.at(['metadata', 'name']),
    ports: service.spec.ports
      .filter(({ protocol }) => protocol === 'TCP')
      .map(({ name, appProtocol, port }) => ({
        number: port,
        name: name ?? '',
        // A Service's own `protocol` is that of the transport.
        protocol: selectProtocol({ name, appProtocol, port }),
        trafficPolicies: {},
        ...nodePortField(nodePorts.get(nodePortKey(host, port))),
      })),
    endpoints: endpointsOf(service, input),
    subsets: [],
    ...(service.spec.sessionAffinity === 'ClientIP' && { isSticky: true as const }),
  };
}

function nodePortField(nodePort: number | undefined) {
  return nodePort === undefined ? {} : { nodePort };
}

/**
 * The pods and WorkloadEntries that a Service selects, ready or not: what a pod's own sidecar makes of its ports must not change in the
 * moment in which requests begin to arrive.
 */
function endpointsOf(service: ResourceOf<'Service'>, input: BuildInput): Endpoint[] {
  const { selector, ports, publishNotReadyAddresses } = service.spec;
  if (isEmpty(selector)) return endpointsBySlices(service, input);
  const selection = { selector, namespace: service.metadata.namespace, ports };
  const pods = podEndpoints(selection, input);
  const published = publishNotReadyAddresses ? pods.map((pod) => ({ ...pod, ready: true })) : pods;
  return [...published, ...workloadEntryEndpoints(selection, input), ...gatewayEndpoints(selection, input)];
}

/** Gateways at their open ports, as sidecars on the way out of the mesh call them; they take what their servers say. */
function gatewayEndpoints({ ports, ...selection }: PodSelection, input: BuildInput): Endpoint[] {
  const { trustDomain = 'cluster.local' } = input;
  return selectedGateways(selection, input).map((gateway) => ({
    address: gateway.address ?? '127.0.0.1',
    ports: Object.fromEntries(
      ports.flatMap(({ port, targetPort }) => {
        const target = typeof targetPort === 'number' ? targetPort : port;
        const open = gateway.ports[gatewayServicePort(target)] ?? gateway.ports[port];
        return open === undefined ? [] : [[port, open]];
      }),
    ),
    labels: gateway.labels,
    identity: spiffeId(trustDomain, selection.namespace, gateway.serviceAccount),
    mutualTls: false,
    ready: true,
  }));
}

function selectedGateways({ selector, namespace }: Omit<PodSelection, 'ports'>, { gateways }: BuildInput) {
  return gateways.filter((gateway) => gateway.namespace === namespace && selects(selector, gateway.labels));
}

/** A Service without selector has the endpoints that its user writes down: pods by their addresses, or the outside. */
function endpointsBySlices({ metadata, spec }: ResourceOf<'Service'>, input: BuildInput): Endpoint[] {
  return manualEndpoints(input.slices ?? [], metadata).map(({ address, ports, ready }) => {
    const at = spec.ports.flatMap((port) => {
      const targetPort = ports.get(port.name ?? '');
      return targetPort === undefined ? [] : [{ ...port, targetPort }];
    });
    const pod = input.pods.find((one) => one.address === address);
    if (pod) return podEndpoint(pod, at, input);
    const numbers = Object.fromEntries(at.map(({ port, targetPort }) => [port, targetPort]));
    return { address, ports: numbers, labels: {}, mutualTls: false, ready };
  });
}

/**
 * A Service's fictitious address: nothing on the laptop is bound to it, but programs read it from `*_SERVICE_HOST` and
 * sidecars route it. A hash of the host keeps it the same from run to run, within Kubernetes' usual 10.96.0.0/12.
 */
export function clusterIpOf(host: string): string {
  let hash = 2166136261; // FNV-1a
  for (const byte of Buffer.from(host)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return `10.${96 + (hash % 16)}.${(hash >>> 8) % 256}.${1 + ((hash >>> 16) % 254)}`;
}
