import type { KubernetesObject } from '#mesh/run/api.ts';

const created = '2026-01-01T11:55:50Z';

interface Given {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly status?: object;
}

/** An object of any kind, 4m10s old at the tests' now. */
export function object(apiVersion: string, kind: string, given: Given): KubernetesObject {
  const { name, namespace = 'default', labels = {}, ...content } = given;
  return { apiVersion, kind, metadata: { name, namespace, labels, creationTimestamp: created }, ...content };
}

/** A pod with its sidecar. */
export function pod(
  name: string,
  {
    labels = {},
    ...status
  }: { labels?: Record<string, string>; restartCount?: number; waiting?: string } = {},
): KubernetesObject {
  const { restartCount = 0, waiting } = status;
  const state = waiting ? { waiting: { reason: waiting } } : { running: { startedAt: created } };
  const app = { name: 'app', image: 'chain', ready: !waiting, restartCount, state };
  const proxy = { name: 'istio-proxy', image: 'envoy', ready: true, restartCount: 0, state: { running: {} } };
  return object('v1', 'Pod', {
    name,
    labels,
    spec: {
      containers: [
        { name: 'app', image: 'chain', ports: [{ containerPort: 3000 }] },
        { name: 'istio-proxy' },
      ],
    },
    status: { phase: 'Running', podIP: '10.1.0.7', containerStatuses: [app, proxy] },
  });
}

export function deployment(
  name: string,
  { ready = 1, replicas = 1, pods = replicas }: { ready?: number; replicas?: number; pods?: number } = {},
): KubernetesObject {
  return object('apps/v1', 'Deployment', {
    name,
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { spec: { containers: [{ name: 'app', image: 'chain' }] } },
    },
    status: { replicas: pods, readyReplicas: ready, updatedReplicas: replicas, availableReplicas: ready },
  });
}

export function service(name: string, spec: object = {}): KubernetesObject {
  const ports = [{ port: 80, name: 'http', protocol: 'TCP' }];
  return object('v1', 'Service', {
    name,
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.5', ports, selector: { app: name }, ...spec },
  });
}

export function namespace(name: string, labels: Record<string, string> = {}): KubernetesObject {
  const { metadata, ...rest } = object('v1', 'Namespace', { name, labels, status: { phase: 'Active' } });
  const { namespace: _, ...clusterWide } = metadata;
  return { ...rest, metadata: clusterWide } as KubernetesObject;
}
