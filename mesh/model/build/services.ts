import { clusterIpOf } from '#mesh/model/build/cluster-ip.ts';
import { endpointsOf } from '#mesh/model/build/endpoints.ts';
import { serviceHost } from '#mesh/model/build/hosts.ts';
import type { BuildInput } from '#mesh/model/build/input.ts';
import { selectProtocol } from '#mesh/model/build/protocol.ts';
import { type DestinationRule, destinationRuleFor, policiesAt } from '#mesh/model/build/traffic-policy.ts';
import type { Service } from '#mesh/model/service.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

/** The registry: every Kubernetes Service, with its pods as endpoints. */
export function kubernetesServices(input: BuildInput, rules: readonly DestinationRule[]): Service[] {
  return input.resources
    .filter((resource) => resource.kind === 'Service')
    .map((service) => toService(service, input, rules));
}

function toService(
  service: ResourceOf<'Service'>,
  input: BuildInput,
  rules: readonly DestinationRule[],
): Service {
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
        ...(port.nodePort !== undefined && { nodePort: port.nodePort }),
      })),
    endpoints: endpointsOf(service, input),
    ...destinationRuleFields(rule),
  };
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
