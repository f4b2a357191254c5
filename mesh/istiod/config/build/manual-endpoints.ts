import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Store } from '#mesh/apiserver/store/store.ts';

/** An EndpointSlice that no controller keeps: the user's, for a Service without selector. */
export interface ManualSlice extends KubernetesObject {
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

const resource = 'endpointslices.discovery.k8s.io';
const serviceName = 'kubernetes.io/service-name';
const managedBy = 'endpointslice.kubernetes.io/managed-by';

export function isManualSlice(of: string, { metadata: { labels = {} } }: KubernetesObject): boolean {
  return of === resource && labels[serviceName] !== undefined && labels[managedBy] === undefined;
}

export function manualSlices(store: Store): readonly ManualSlice[] {
  return store.list(resource).filter((slice) => isManualSlice(resource, slice));
}

/** An address that a Service's slices name, and from the names of the Service's ports to those there. */
export interface ManualEndpoint {
  readonly address: string;
  readonly ports: ReadonlyMap<string, number>;
  readonly ready: boolean;
}

/** The addresses for a Service, in the order of its slices. */
export function manualEndpoints(
  slices: readonly ManualSlice[],
  service: { readonly name: string; readonly namespace: string },
): ManualEndpoint[] {
  return slices
    .filter(
      ({ metadata: { namespace, labels } }) =>
        namespace === service.namespace && labels?.[serviceName] === service.name,
    )
    .flatMap(({ ports = [], endpoints = [] }) => {
      const byName = new Map(
        ports.flatMap(({ name = '', port }) => (port === undefined ? [] : [[name, port] as const])),
      );
      return endpoints.flatMap(({ addresses, conditions }) =>
        addresses.map((address) => ({ address, ports: byName, ready: conditions?.ready !== false })),
      );
    });
}
