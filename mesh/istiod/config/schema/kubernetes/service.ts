import { z } from 'zod';
import { fields, labels, port, portOrName } from '#mesh/istiod/config/schema/fields.ts';
import { onlyTcp } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

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

const noBalancer = 'there is no cloud load balancer';
const loopback = 'everything is bound to 127.0.0.1';

const spec = fields({
  supported: {
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    selector: labels,
    ports: z.array(servicePort).default([]),
    clusterIP: z.string().exactOptional(),
    /** The host that an ExternalName is another name of. */
    externalName: z.string().exactOptional(),
    /** Of callers without sidecar; sidecars ask DestinationRules alone. */
    sessionAffinity: z.string().default('None'),
    publishNotReadyAddresses: z.boolean().default(false),
  },
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
    sessionAffinityConfig: 'the affinity does not end',
    trafficDistribution: 'the laptop is the only node',
  },
  unsupported: {
    externalIPs: 'the addresses are not served',
  },
});

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
export const service = fields({
  supported: { apiVersion: z.literal('v1'), kind: z.literal('Service'), metadata, spec },
  harmless: { status: 'written by the API server' },
});
