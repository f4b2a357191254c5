import { clusterIpOf } from '#mesh/model/build/cluster-ip.ts';
import { serviceHost } from '#mesh/model/build/hosts.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import {
  gatewayLabels,
  gatewayName,
  gatewayNamespace,
  gatewayServiceAccount,
} from '#mesh/run/apply/gateway-ports.ts';
import { proxyStatus } from '#mesh/run/objects/derived-pods.ts';
import { timestamp } from '#mesh/run/objects/stored-object.ts';
import { templateHash } from '#mesh/run/pods/names.ts';
import type { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';

export interface GatewayFacts {
  readonly process: ProxyProcess;
  /** From the declared port to the local one. */
  readonly ports: ReadonlyMap<number, number>;
}

/** The gateway as an installation of Istio shows it: a Deployment, its pod, and a Service of type LoadBalancer. */
export function gatewayObjects({ process, ports }: GatewayFacts): KubernetesObject[] {
  const created = timestamp(process.createdAt);
  const hash = templateHash(gatewayName);
  const ready = process.ready ? 1 : 0;
  const metadata = (name: string, labels: Readonly<Record<string, string>>) => ({
    name,
    namespace: gatewayNamespace,
    labels,
    creationTimestamp: created,
  });
  const podLabels = { ...gatewayLabels, 'pod-template-hash': hash };
  const template = { metadata: { labels: gatewayLabels }, spec: podSpec };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(gatewayName, gatewayLabels),
      spec: { replicas: 1, selector: { matchLabels: gatewayLabels }, template },
      status: { replicas: 1, readyReplicas: ready, availableReplicas: ready, updatedReplicas: 1 },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: metadata(`${gatewayName}-${hash}`, podLabels),
      spec: { replicas: 1, selector: { matchLabels: podLabels }, template },
      status: { replicas: 1, readyReplicas: ready },
    },
    podObject(process, metadata(process.name.split('.')[0] ?? gatewayName, podLabels)),
    serviceObject(metadata(gatewayName, gatewayLabels), ports),
  ];
}

const podSpec = {
  containers: [{ name: 'istio-proxy', image: 'envoy' }],
  nodeName: 'laptop',
  serviceAccountName: gatewayServiceAccount,
};

function podObject(process: ProxyProcess, metadata: KubernetesObject['metadata']): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: podSpec,
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: process.ready ? 'True' : 'False' }],
      hostIP: '127.0.0.1',
      podIP: '127.0.0.1',
      startTime: metadata.creationTimestamp,
      containerStatuses: [proxyStatus(process)],
    },
  };
}

/** Its nodePorts are the local ports: what a browser on the laptop has to use. */
function serviceObject(
  metadata: KubernetesObject['metadata'],
  ports: ReadonlyMap<number, number>,
): KubernetesObject {
  const names: Readonly<Record<number, string>> = { 80: 'http2', 443: 'https', 31400: 'tcp' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'LoadBalancer',
      clusterIP: clusterIpOf(serviceHost(gatewayName, gatewayNamespace)),
      selector: gatewayLabels,
      ports: [...ports].map(([port, nodePort]) => ({
        name: names[port] ?? `port-${port}`,
        port,
        targetPort: port,
        nodePort,
        protocol: 'TCP',
      })),
    },
    status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } },
  };
}
