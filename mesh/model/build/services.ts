import { clusterIpOf } from '#mesh/model/build/cluster-ip.ts';
import { endpointsOf } from '#mesh/model/build/endpoints.ts';
import { serviceHost } from '#mesh/model/build/hosts.ts';
import type { BuildInput } from '#mesh/model/build/input.ts';
import { type NodePorts, nodePortKey, nodePortsOf } from '#mesh/model/build/node-ports.ts';
import { selectProtocol } from '#mesh/model/build/protocol.ts';
import { type DestinationRule, destinationRuleFor, policiesAt } from '#mesh/model/build/traffic-policy.ts';
import type { Service } from '#mesh/model/service.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

/** The registry: every Kubernetes Service, with its pods as endpoints. */
export function kubernetesServices(input: BuildInput, rules: readonly DestinationRule[]): Service[] {
  const nodePorts = nodePortsOf(input.resources);
  return input.resources
    .filter((resource) => resource.kind === 'Service')
    .map((service) => toService(service, { input, rules, nodePorts }));
}

interface Surroundings {
  readonly input: BuildInput;
  readonly rules: readonly DestinationRule[];
  readonly nodePorts: NodePorts;
}

function toService(service: ResourceOf<'Service'>, { input, rules, nodePorts }: Surroundings): Service {
  const { name, namespace } = service.metadata;
  const host = serviceHost(name, namespace);
  const rule = destinationRuleFor(rules, { host, namespace });
  return {
    host,
    name,
    namespace,
    location: 'MESH_INTERNAL',
    clusterIP: service.spec.clusterIP ?? clusterIpOf(host),
    source: service.document.at(['metadata', 'name']),
    ports: service.spec.ports
      .filter(({ protocol }) => protocol === 'TCP')
      .map((port) => ({
        number: port.port,
        name: port.name ?? '',
        protocol: selectProtocol({ name: port.name, appProtocol: port.appProtocol }),
        trafficPolicies: policiesAt(rule, port.port),
        ...nodePortField(nodePorts.get(nodePortKey(host, port.port))),
      })),
    endpoints: endpointsOf(service, input),
    ...destinationRuleFields(rule),
  };
}

function nodePortField(nodePort: number | undefined) {
  return nodePort === undefined ? {} : { nodePort };
}

/** What a DestinationRule adds to a service beside its policies. */
export function destinationRuleFields(
  rule: DestinationRule | undefined,
): Pick<Service, 'subsets' | 'destinationRule'> {
  if (!rule) return { subsets: [] };
  const { name, namespace } = rule.metadata;
  return {
    subsets: rule.spec.subsets.map((subset, index) => ({
      name: subset.name,
      labels: subset.labels,
      source: rule.document.at(['spec', 'subsets', index]),
    })),
    destinationRule: { name, namespace, source: rule.document.at(['spec']) },
  };
}
