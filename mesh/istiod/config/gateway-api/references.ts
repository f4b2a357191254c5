import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { matchesLabelSelector } from '#mesh/apiserver/selector.ts';
import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import type {
  BackendReference,
  GatewayApiObjects,
  NamespaceChoice,
  ObjectReference,
} from '#mesh/istiod/config/gateway-api/objects.ts';

/** Who refers: the group, kind and namespace that a ReferenceGrant names. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** Why a reference is not followed, with the specification's reason. */
export interface ReferenceProblem {
  readonly reason: 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound' | 'UnsupportedProtocol';
  readonly message: string;
}

/** Whether an object may refer to another: within one namespace always, across namespaces by a ReferenceGrant there. */
export function isGranted(
  from: Referrer,
  to: Required<ObjectReference>,
  { grants }: Pick<GatewayApiObjects, 'grants'>,
): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === to.namespace &&
      spec.from.some(
        ({ group, kind, namespace }) =>
          group === from.group && kind === from.kind && namespace === from.namespace,
      ) &&
      spec.to.some(
        ({ group, kind, name }) =>
          group === to.group && kind === to.kind && (name === undefined || name === '' || name === to.name),
      ),
  );
}

/** Whether something in a namespace is taken by an object in its `own` one. */
export function admits(
  { from, selector }: NamespaceChoice,
  { own, namespace }: { readonly own: string | undefined; readonly namespace: string | undefined },
  { namespaces }: Pick<GatewayApiObjects, 'namespaces'>,
): boolean {
  if (from === 'All') return true;
  if (from === 'Same') return namespace === own;
  const found = namespaces.find(({ metadata }) => metadata.name === namespace);
  if (from !== 'Selector' || !selector) return false;
  return matchesLabelSelector(selector)(found?.metadata.labels ?? {});
}

export interface Backend {
  readonly host: string;
  readonly port: number;
}

/** Istio's own kind of backend: a host of the registry, such as a ServiceEntry's. */
const HOSTNAME = { group: 'networking.istio.io', kind: 'Hostname' };

/** Where a backend's requests go, or why they go nowhere. */
export function resolveBackend(
  reference: BackendReference,
  from: Referrer,
  objects: GatewayApiObjects,
): { readonly backend: Backend } | { readonly problem: ReferenceProblem } {
  const { group = '', kind = 'Service', namespace = from.namespace, name, port } = reference;
  const isHost = group === HOSTNAME.group && kind === HOSTNAME.kind;
  if (!isHost && (group !== '' || kind !== 'Service'))
    return problem('InvalidKind', `a backend is a Service, not ${typeOf({ group, kind })}`);
  if (port === undefined) return problem('UnsupportedProtocol', `the backend ${name} names no port`);
  if (isHost) return { backend: { host: name, port } };
  if (!isGranted(from, { group, kind, namespace, name }, objects))
    return problem(
      'RefNotPermitted',
      `no ReferenceGrant in namespace ${namespace} lets ${from.kind}s of ${from.namespace} use Service ${name}`,
    );
  const service = find(objects.services, { namespace, name });
  if (!service) return problem('BackendNotFound', `there is no Service ${namespace}/${name}`);
  if (!portsOf(service).some((one) => one.port === port))
    return problem('BackendNotFound', `Service ${namespace}/${name} has no port ${port}`);
  return { backend: { host: serviceHost(name, namespace), port } };
}

function problem(reason: ReferenceProblem['reason'], message: string) {
  return { problem: { reason, message } };
}

/** A type as messages name it: `ConfigMap`, `cert-manager.io/Certificate`. */
export function typeOf({
  group,
  kind,
}: {
  readonly group: string;
  readonly kind: string | undefined;
}): string {
  return group === '' ? `${kind}` : `${group}/${kind}`;
}

export function find(
  objects: readonly KubernetesObject[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
): KubernetesObject | undefined {
  return objects.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
}

export function portsOf(service: KubernetesObject): readonly ServicePort[] {
  const { ports = [] } = (service['spec'] ?? {}) as { readonly ports?: readonly ServicePort[] };
  return ports;
}
