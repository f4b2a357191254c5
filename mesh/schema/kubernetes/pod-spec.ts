import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { container, resources } from '#mesh/schema/kubernetes/container.ts';
import { podSecurityContext } from '#mesh/schema/kubernetes/security-context.ts';
import { volume } from '#mesh/schema/kubernetes/volume.ts';
import { stringMap } from '#mesh/schema/scalars.ts';

const oneNode = 'the laptop is the only node';
const oneKernel = "the laptop's own operating system is used";
const noPods = 'processes on the laptop have no namespaces of their own';
const dns = "names are resolved by the mesh's proxies";

/** What a Deployment's pods are made of. */
export const podSpec = fields({
  supported: {
    containers: z.array(container).min(1),
    serviceAccountName: z.string().exactOptional(),
    serviceAccount: z.string().exactOptional(),
    enableServiceLinks: z.boolean().default(true),
    terminationGracePeriodSeconds: z.int().min(0).default(30),
    volumes: z.array(volume).default([]),
  },
  deprecated: { serviceAccount: '`serviceAccountName`' },
  harmless: {
    affinity: oneNode,
    automountServiceAccountToken: 'there is no API server to present a token to',
    dnsConfig: dns,
    dnsPolicy: dns,
    hostIPC: noPods,
    hostPID: noPods,
    hostUsers: noPods,
    hostname: noPods,
    hostnameOverride: noPods,
    imagePullSecrets: 'images are not pulled',
    nodeName: oneNode,
    nodeSelector: oneNode,
    os: oneKernel,
    overhead: oneKernel,
    preemptionPolicy: oneNode,
    priority: oneNode,
    priorityClassName: oneNode,
    resources: 'nothing limits a process',
    restartPolicy: 'every program is restarted when it ends',
    runtimeClassName: oneKernel,
    schedulerName: oneNode,
    schedulingGroup: oneNode,
    securityContext: 'the processes run as you do',
    setHostnameAsFQDN: noPods,
    shareProcessNamespace: noPods,
    subdomain: dns,
    tolerations: oneNode,
    topologySpreadConstraints: oneNode,
  },
  unsupported: {
    activeDeadlineSeconds: 'pods run until they are deleted',
    ephemeralContainers: 'they are not started',
    hostAliases: 'the names are not added',
    hostNetwork: 'every port is bound to 127.0.0.1, at a free local port',
    initContainers: 'they are not run',
    readinessGates: 'the readiness probe alone decides',
    resourceClaims: 'there are no devices to claim',
    schedulingGates: 'pods start at once',
  },
  shapes: {
    hostname: z.string(),
    imagePullSecrets: z.array(z.strictObject({ name: z.string() })),
    initContainers: z.array(container),
    nodeSelector: stringMap,
    resources,
    restartPolicy: z.literal('Always', { error: 'expected `Always`, the only policy of a Deployment' }),
    securityContext: podSecurityContext,
  },
});

export type PodSpec = z.infer<typeof podSpec>;
