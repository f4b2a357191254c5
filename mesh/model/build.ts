import { meshConnections } from '#mesh/model/build/connections.ts';
import { externalServices } from '#mesh/model/build/external-services.ts';
import { toGatewayWorkload } from '#mesh/model/build/gateways.ts';
import type { BuildInput } from '#mesh/model/build/input.ts';
import { peerAuthenticationOf } from '#mesh/model/build/peer-authentication.ts';
import { policiesOf } from '#mesh/model/build/policies.ts';
import { kubernetesServices } from '#mesh/model/build/services.ts';
import { telemetryOf } from '#mesh/model/build/telemetry.ts';
import { meshVirtualHosts } from '#mesh/model/build/virtual-hosts.ts';
import type { Mesh } from '#mesh/model/mesh.ts';

/**
 * The mesh that checked manifests describe on this machine. Pure; expects resources that `analyze` has passed, and
 * leaves out what refers to nothing (a missing subset becomes a cluster without endpoints, as in Istio).
 */
export function buildMesh(input: BuildInput): Mesh {
  const { resources, pods, standIns, outboundPolicy, trustDomain = 'cluster.local' } = input;
  const rules = resources.filter((resource) => resource.kind === 'DestinationRule');
  const virtualServices = resources.filter((resource) => resource.kind === 'VirtualService');
  const services = [...kubernetesServices(input, rules), ...externalServices(input, rules)];
  return {
    trustDomain,
    outboundPolicy,
    pods,
    services,
    standIns,
    gateways: input.gateways.map((placement) => toGatewayWorkload(placement, input, services)),
    virtualHosts: meshVirtualHosts(virtualServices, services),
    connectionHosts: meshConnections(virtualServices, services),
    peerAuthentication: Object.fromEntries(
      pods.map((pod) => [`${pod.name}.${pod.namespace}`, peerAuthenticationOf(pod, resources)]),
    ),
    policies: Object.fromEntries(
      [...pods, ...input.gateways].map((one) => [`${one.name}.${one.namespace}`, policiesOf(one, resources)]),
    ),
    telemetry: Object.fromEntries(
      [...pods, ...input.gateways].map((one) => [
        `${one.name}.${one.namespace}`,
        telemetryOf(one, resources),
      ]),
    ),
  };
}
