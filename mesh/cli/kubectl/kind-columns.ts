import {
  formatLabels,
  listField,
  numberField,
  recordField,
  textField,
} from '#mesh/cli/kubectl/object-fields.ts';
import { podReady, podRestarts, podStatus } from '#mesh/cli/kubectl/pod-status.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

/** A column between NAME and AGE, or with `wide` one that `-o wide` adds after AGE. */
export interface Column {
  readonly header: string;
  readonly value: (object: KubernetesObject, now: number) => string;
  readonly wide?: true;
}

const none = '<none>';
const json = (value: readonly unknown[]) => (value.length > 0 ? JSON.stringify(value) : '');
const text =
  (...path: readonly string[]) =>
  (object: KubernetesObject) =>
    textField(object, ...path);
const count =
  (...path: readonly string[]) =>
  (object: KubernetesObject) =>
    String(numberField(object, ...path));
const list =
  (...path: readonly string[]) =>
  (object: KubernetesObject) =>
    json(listField(object, ...path));
const containers = (key: string) => (object: KubernetesObject) =>
  listField(object, 'spec', 'template', 'spec', 'containers')
    .map((container) => textField(container, key))
    .join(',');
const selector = (object: KubernetesObject) =>
  formatLabels(recordField(object, 'spec', 'selector', 'matchLabels'));
const ofTemplate: readonly Column[] = [
  { header: 'CONTAINERS', value: containers('name'), wide: true },
  { header: 'IMAGES', value: containers('image'), wide: true },
  { header: 'SELECTOR', value: selector, wide: true },
];

/** kubectl's columns, and for Istio's kinds the printer columns of their definitions. */
export const columnsByKind: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    { header: 'READY', value: podReady },
    { header: 'STATUS', value: podStatus },
    { header: 'RESTARTS', value: podRestarts },
    { header: 'IP', value: (pod) => textField(pod, 'status', 'podIP') || none, wide: true },
    { header: 'NODE', value: (pod) => textField(pod, 'spec', 'nodeName') || none, wide: true },
    { header: 'NOMINATED NODE', value: () => none, wide: true },
    { header: 'READINESS GATES', value: () => none, wide: true },
  ],
  Service: [
    { header: 'TYPE', value: (service) => textField(service, 'spec', 'type') || 'ClusterIP' },
    { header: 'CLUSTER-IP', value: (service) => textField(service, 'spec', 'clusterIP') || none },
    { header: 'EXTERNAL-IP', value: externalIp },
    { header: 'PORT(S)', value: servicePorts },
    {
      header: 'SELECTOR',
      value: (service) => formatLabels(recordField(service, 'spec', 'selector')),
      wide: true,
    },
  ],
  Deployment: [
    { header: 'READY', value: deploymentReady },
    { header: 'UP-TO-DATE', value: count('status', 'updatedReplicas') },
    { header: 'AVAILABLE', value: count('status', 'availableReplicas') },
    ...ofTemplate,
  ],
  ReplicaSet: [
    { header: 'DESIRED', value: count('spec', 'replicas') },
    { header: 'CURRENT', value: count('status', 'replicas') },
    { header: 'READY', value: count('status', 'readyReplicas') },
    ...ofTemplate,
  ],
  Namespace: [{ header: 'STATUS', value: (object) => textField(object, 'status', 'phase') || 'Active' }],
  ConfigMap: [{ header: 'DATA', value: (object) => String(Object.keys(recordField(object, 'data')).length) }],
  ServiceAccount: [{ header: 'SECRETS', value: (object) => String(listField(object, 'secrets').length) }],
  Endpoints: [{ header: 'ENDPOINTS', value: endpointAddresses }],
  Secret: [
    { header: 'TYPE', value: (object) => textField(object, 'type') || 'Opaque' },
    { header: 'DATA', value: (object) => String(Object.keys(recordField(object, 'data')).length) },
  ],
  PersistentVolumeClaim: [
    { header: 'STATUS', value: () => 'Bound' },
    { header: 'VOLUME', value: (claim) => textField(claim, 'spec', 'volumeName') },
    { header: 'CAPACITY', value: text('spec', 'resources', 'requests', 'storage') },
    { header: 'ACCESS MODES', value: accessModes },
    { header: 'STORAGECLASS', value: text('spec', 'storageClassName') },
    { header: 'VOLUMEATTRIBUTESCLASS', value: () => '<unset>' },
  ],
  VirtualService: [
    { header: 'GATEWAYS', value: list('spec', 'gateways') },
    { header: 'HOSTS', value: list('spec', 'hosts') },
  ],
  DestinationRule: [{ header: 'HOST', value: text('spec', 'host') }],
  ServiceEntry: [
    { header: 'HOSTS', value: list('spec', 'hosts') },
    { header: 'LOCATION', value: text('spec', 'location') },
    { header: 'RESOLUTION', value: text('spec', 'resolution') },
  ],
  AuthorizationPolicy: [{ header: 'ACTION', value: text('spec', 'action') }],
  PeerAuthentication: [{ header: 'MODE', value: text('spec', 'mtls', 'mode') }],
};

function deploymentReady(deployment: KubernetesObject): string {
  const wanted = textField(deployment, 'spec', 'replicas') || '1';
  return `${numberField(deployment, 'status', 'readyReplicas')}/${wanted}`;
}

function externalIp(service: KubernetesObject): string {
  const ingress = listField(service, 'status', 'loadBalancer', 'ingress').map(
    (entry) => textField(entry, 'ip') || textField(entry, 'hostname'),
  );
  const declared = listField(service, 'spec', 'externalIPs').map(String);
  const waiting = textField(service, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : none;
  return [...ingress, ...declared].join(',') || textField(service, 'spec', 'externalName') || waiting;
}

function servicePorts(service: KubernetesObject): string {
  const ports = listField(service, 'spec', 'ports').map((port) => {
    const nodePort = textField(port, 'nodePort');
    const protocol = textField(port, 'protocol') || 'TCP';
    return `${textField(port, 'port')}${nodePort ? `:${nodePort}` : ''}/${protocol}`;
  });
  return ports.join(',') || none;
}

/** `RWO,ROX`, as kubectl shortens them. */
function accessModes(claim: KubernetesObject): string {
  const short: Record<string, string> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  return listField(claim, 'spec', 'accessModes')
    .map((mode) => short[String(mode)])
    .join(',');
}

/** kubectl shows the first three and how many more there are. */
function endpointAddresses(endpoints: KubernetesObject): string {
  const all = listField(endpoints, 'subsets').flatMap((subset) =>
    listField(subset, 'addresses').flatMap((address) =>
      listField(subset, 'ports').map((port) => `${textField(address, 'ip')}:${textField(port, 'port')}`),
    ),
  );
  const shown = all.slice(0, 3).join(',') || none;
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}
