import type { Service } from '#mesh/model/service.ts';

const DEFAULT_HTTP_PORT = 80;

/** The names under which a program in `namespace` may ask for a service: DNS's search list makes them. */
export function hostNames(service: Service, namespace: string): readonly string[] {
  if (!isKubernetesService(service)) {
    return service.host.startsWith('*') ? [service.host] : [service.host, `${service.host}.`];
  }
  const { name, namespace: own, host, clusterIP } = service;
  return [
    host,
    `${host}.`,
    ...(own === namespace ? [name] : []),
    `${name}.${own}`,
    `${name}.${own}.svc`,
    ...(clusterIP && clusterIP !== 'None' ? [clusterIP] : []),
  ];
}

/** Whether Kubernetes' own DNS knows the host, rather than a ServiceEntry. */
export function isKubernetesService({ host, name, namespace }: Service): boolean {
  return host.startsWith(`${name}.${namespace}.svc.`);
}

/**
 * The authorities that mean these names at this port. One route configuration serves all ports, so the port is part
 * of the domain; an authority without port means port 80, there as in a cluster.
 */
export function authorities(names: readonly string[], port: number): readonly string[] {
  return names.flatMap((name) => [...(port === DEFAULT_HTTP_PORT ? [name] : []), `${name}:${port}`]);
}
