import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Endpoint, Service } from '#mesh/istiod/model/service.ts';

/** `/debug/registryz`: every service, with the field names of Istio's. */
export function registry({ services }: Mesh): readonly object[] {
  return services.map(({ host, name, namespace, ports, location, clusterIP }) => ({
    Attributes: { ServiceRegistry: registryOf(location), Name: name, Namespace: namespace },
    ports: ports.map(({ number, name, protocol }) => ({ name, port: number, protocol })),
    hostname: host,
    defaultAddress: clusterIP ?? '0.0.0.0',
    meshExternal: location === 'MESH_EXTERNAL',
    Resolution: 'ClientSideLB',
  }));
}

/** `/debug/endpointz`: where each port of each service leads. */
export function endpoints({ services }: Mesh): readonly object[] {
  return services.flatMap((service) =>
    service.ports.map(({ number, name }) => ({
      svc: `${service.host}:${name}`,
      ep: service.endpoints.map((endpoint) => endpointRow(service, endpoint, { number, name })),
    })),
  );
}

function endpointRow(
  { host, namespace }: Service,
  { address, ports, labels, identity, ready, mutualTls, pod, workload }: Endpoint,
  { number, name }: { readonly number: number; readonly name: string },
): object {
  return {
    service: host,
    Endpoint: {
      Address: address,
      EndpointPort: ports[number],
      ServicePortName: name,
      Labels: labels,
      ServiceAccount: identity ?? '',
      TLSMode: mutualTls ? 'istio' : 'disabled',
      HealthStatus: ready ? 'Healthy' : 'UnHealthy',
      WorkloadName: workload ?? '',
      Namespace: namespace,
      ...(pod !== undefined && { Pod: pod }),
    },
  };
}

/** `/debug/instancesz`: for each pod, by `pod.namespace`, the services that it is behind. */
export function instances(mesh: Mesh): Readonly<Record<string, readonly object[]>> {
  return Object.fromEntries(
    mesh.pods.map(({ name, namespace }) => {
      const key = `${name}.${namespace}`;
      const mine = mesh.services.filter(({ endpoints: all }) => all.some(({ pod }) => pod === key));
      return [
        key,
        mine.map(({ host, ports }) => ({ hostname: host, ports: ports.map((port) => port.number) })),
      ];
    }),
  );
}

function registryOf(location: Service['location']): string {
  return location === 'MESH_EXTERNAL' ? 'External' : 'Kubernetes';
}
