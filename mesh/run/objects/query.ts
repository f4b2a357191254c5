import type { KubernetesObject } from '#mesh/run/api.ts';
import type { GatewayPorts } from '#mesh/run/apply/gateway-ports.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { gatewayObjects } from '#mesh/run/objects/derived-gateway.ts';
import { podObject } from '#mesh/run/objects/derived-pods.ts';
import {
  deploymentObject,
  endpointsObject,
  replicaSets,
  serviceObject,
} from '#mesh/run/objects/derived-workloads.ts';
import { matchesSelector } from '#mesh/run/objects/selector.ts';
import { type StoredObject, timestamp, toKubernetesObject } from '#mesh/run/objects/stored-object.ts';

export interface ObjectsQuery {
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** All objects that match, stored and derived, in the order of their names. */
export function queryObjects(mesh: LocalMesh, ports: GatewayPorts, query: ObjectsQuery): KubernetesObject[] {
  return allObjects(mesh, ports)
    .filter(({ kind }) => query.kind === undefined || kind.toLowerCase() === query.kind.toLowerCase())
    .filter(
      ({ metadata }) =>
        query.namespace === undefined || (metadata.namespace ?? query.namespace) === query.namespace,
    )
    .filter(({ metadata }) => matchesSelector(query.labelSelector ?? '', metadata.labels ?? {}))
    .sort(byName);
}

function allObjects(mesh: LocalMesh, ports: GatewayPorts): KubernetesObject[] {
  const stored = [...mesh.snapshot.objects.values()];
  const gateway = mesh.dataPlane.gateway
    ? gatewayObjects({ process: mesh.dataPlane.gateway.process, ports: ports.local })
    : [];
  return [
    ...stored.flatMap((object) => objectsOf(object, mesh)),
    ...stored.filter(({ kind }) => kind === 'Namespace').flatMap((object) => defaultAccount(object, stored)),
    ...mesh.pods.map(podObject),
    ...gateway,
  ];
}

function objectsOf(stored: StoredObject, mesh: LocalMesh): KubernetesObject[] {
  switch (stored.kind) {
    case 'Deployment':
      return [deploymentObject(stored, mesh.pods), ...replicaSets(stored, mesh.pods)];
    case 'Service':
      return [serviceObject(stored, mesh.dataPlane.model), endpointsObject(stored, mesh.dataPlane.model)];
    case 'Namespace':
      return [{ ...toKubernetesObject(stored), status: { phase: 'Active' } }];
    default:
      return [toKubernetesObject(stored)];
  }
}

/** Kubernetes makes one in each namespace. */
function defaultAccount(namespace: StoredObject, stored: readonly StoredObject[]): KubernetesObject[] {
  const own = stored.some(
    (object) =>
      object.kind === 'ServiceAccount' && object.namespace === namespace.name && object.name === 'default',
  );
  const creationTimestamp = timestamp(namespace.created);
  const metadata = { name: 'default', namespace: namespace.name, creationTimestamp };
  return own ? [] : [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }];
}

function byName(left: KubernetesObject, right: KubernetesObject): number {
  const key = ({ kind, metadata }: KubernetesObject) =>
    `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  return key(left) < key(right) ? -1 : 1;
}
