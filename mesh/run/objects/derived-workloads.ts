import { clusterIpOf } from '#mesh/model/build/cluster-ip.ts';
import { serviceHost } from '#mesh/model/build/hosts.ts';
import type { Mesh } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';
import type { Endpoint } from '#mesh/model/service.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import { type StoredObject, timestamp, toKubernetesObject } from '#mesh/run/objects/stored-object.ts';
import { templateHash } from '#mesh/run/pods/names.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';

/** A Deployment with the status that its pods give it. */
export function deploymentObject(stored: StoredObject, pods: readonly RunningPod[]): KubernetesObject {
  const object = toKubernetesObject(stored);
  if (stored.resource?.kind !== 'Deployment') {
    return object;
  }
  const hash = templateHash(stored.resource.spec.template);
  const mine = pods.filter(({ plan, terminating }) => !terminating && isOf(plan, stored));
  const ready = mine.filter((pod) => pod.ready).length;
  const updated = mine.filter(({ plan }) => plan.templateHash === hash).length;
  const { replicas } = stored.resource.spec;
  return {
    ...object,
    status: {
      observedGeneration: stored.version,
      replicas: mine.length,
      readyReplicas: ready,
      availableReplicas: ready,
      updatedReplicas: updated,
      unavailableReplicas: Math.max(0, replicas - ready),
      conditions: [{ type: 'Available', status: ready >= replicas ? 'True' : 'False' }],
    },
  };
}

/** One ReplicaSet for each template that a Deployment has pods of. */
export function replicaSets(stored: StoredObject, pods: readonly RunningPod[]): KubernetesObject[] {
  if (stored.resource?.kind !== 'Deployment') {
    return [];
  }
  const { template, replicas } = stored.resource.spec;
  const current = templateHash(template);
  const mine = pods.filter(({ plan }) => isOf(plan, stored));
  const hashes = new Set([current, ...mine.map(({ plan }) => plan.templateHash)]);
  const spec = toKubernetesObject(stored)['spec'] as Readonly<Record<string, unknown>>;
  return [...hashes].map((hash) => {
    const set = mine.filter(({ plan }) => plan.templateHash === hash);
    const labels = { ...template.metadata.labels, 'pod-template-hash': hash };
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${stored.name}-${hash}`,
        namespace: stored.namespace,
        labels,
        creationTimestamp: timestamp(set[0]?.createdAt ?? stored.created),
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: stored.name, controller: true }],
      },
      spec: {
        replicas: hash === current ? replicas : 0,
        selector: { matchLabels: labels },
        template: spec['template'],
      },
      status: { replicas: set.length, readyReplicas: set.filter(({ ready }) => ready).length },
    };
  });
}

function isOf(plan: { deployment: string; namespace: string }, { name, namespace }: StoredObject): boolean {
  return plan.deployment === name && plan.namespace === namespace;
}

/** A Service with the address, and the NodePorts, that the mesh made up for it. */
export function serviceObject(stored: StoredObject, mesh: Mesh): KubernetesObject {
  const object = toKubernetesObject(stored);
  const spec = object['spec'] as ServiceSpec | undefined;
  const host = serviceHost(stored.name, stored.namespace);
  const clusterIP = spec?.['clusterIP'] ?? clusterIpOf(host);
  const known = mesh.services.find((service) => service.host === host)?.ports ?? [];
  const ports = spec?.ports?.map(({ nodePort: _, ...port }) => {
    const nodePort = known.find(({ number }) => number === port['port'])?.nodePort;
    return nodePort === undefined ? port : { ...port, nodePort };
  });
  return { ...object, spec: { type: 'ClusterIP', ...spec, ...(ports && { ports }), clusterIP } };
}

interface ServiceSpec extends Readonly<Record<string, unknown>> {
  readonly ports?: readonly Readonly<Record<string, unknown>>[];
}

/** The Endpoints of a Service: pods by their addresses and declared ports, as in a cluster. */
export function endpointsObject(stored: StoredObject, mesh: Mesh): KubernetesObject {
  const service = mesh.services.find(({ host }) => host === serviceHost(stored.name, stored.namespace));
  const subsets = (service?.endpoints ?? [])
    .filter(({ ready }) => ready)
    .map((endpoint) => ({
      addresses: [
        {
          ip: podOf(endpoint, mesh)?.address ?? endpoint.address,
          ...(endpoint.pod && { targetRef: { kind: 'Pod', name: endpoint.pod.split('.')[0] } }),
        },
      ],
      ports: Object.entries(endpoint.ports).map(([declared, local]) => ({
        name: service?.ports.find(({ number }) => number === Number(declared))?.name,
        port: declaredPort(podOf(endpoint, mesh), local),
        protocol: 'TCP',
      })),
    }));
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: stored.name,
      namespace: stored.namespace,
      creationTimestamp: timestamp(stored.created),
    },
    subsets,
  };
}

function podOf({ pod }: Endpoint, { pods }: Mesh): Pod | undefined {
  return pods.find(({ name, namespace }) => `${name}.${namespace}` === pod);
}

function declaredPort(pod: Pod | undefined, local: number): number {
  return pod?.ports.find(({ inboundPort }) => inboundPort === local)?.containerPort ?? local;
}
