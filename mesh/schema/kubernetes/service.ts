import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { onlyTcp } from '#mesh/schema/kubernetes/container.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels, port, portOrName } from '#mesh/schema/scalars.ts';

const servicePort = fields({
  supported: {
    port,
    name: z.string().max(63).exactOptional(),
    targetPort: portOrName.exactOptional(),
    nodePort: port.exactOptional(),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
    appProtocol: z.string().exactOptional(),
  },
  unsupportedValues: { protocol: onlyTcp },
});

const noAlias = 'the name is not an alias; a ServiceEntry makes an outside host known';
const noBalancer = 'there is no cloud load balancer';
const loopback = 'everything is bound to 127.0.0.1';

const spec = fields({
  supported: {
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    selector: labels,
    ports: z.array(servicePort).default([]),
    clusterIP: z.string().exactOptional(),
  },
  unsupportedValues: { type: { ExternalName: noAlias } },
  harmless: {
    allocateLoadBalancerNodePorts: noBalancer,
    clusterIPs: loopback,
    externalTrafficPolicy: 'the laptop is the only node',
    healthCheckNodePort: noBalancer,
    internalTrafficPolicy: 'the laptop is the only node',
    ipFamilies: loopback,
    ipFamilyPolicy: loopback,
    loadBalancerClass: noBalancer,
    loadBalancerIP: noBalancer,
    loadBalancerSourceRanges: loopback,
    trafficDistribution: 'the laptop is the only node',
  },
  unsupported: {
    externalIPs: 'the addresses are not served',
    externalName: noAlias,
    publishNotReadyAddresses: 'pods that are not ready get no traffic',
    sessionAffinity: 'requests are spread over all pods; use consistentHash in a DestinationRule',
    sessionAffinityConfig: 'requests are spread over all pods; use consistentHash in a DestinationRule',
  },
  shapes: { externalIPs: z.array(z.string()), externalName: z.string() },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
export const service = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('Service'), metadata, spec },
  harmless: { status: 'written by the API server' },
});
