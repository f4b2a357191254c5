import type { Service } from '#mesh/istiod/model/service.ts';

/** The names under which a program in `namespace` may ask for a service: DNS's search list makes them. */
export function hostNames(service: Service, namespace: string): readonly string[] {
  const { host, addresses = [], aliases = [], clusterIP } = service;
  const others = aliases.flatMap((alias) => clusterNames(alias, namespace));
  if (!isKubernetesService(service)) {
    return host.startsWith('*') ? [host] : [host, `${host}.`, ...addresses, ...others];
  }
  const address = clusterIP && clusterIP !== 'None' ? [clusterIP] : [];
  return [...clusterNames(service, namespace), ...address, ...others];
}

function clusterNames(
  { name, namespace: own, host }: Pick<Service, 'name' | 'namespace' | 'host'>,
  namespace: string,
): readonly string[] {
  return [host, `${host}.`, ...(own === namespace ? [name] : []), `${name}.${own}`, `${name}.${own}.svc`];
}

/** Whether Kubernetes' own DNS knows the host, rather than a ServiceEntry. */
export function isKubernetesService({
  host,
  name,
  namespace,
}: Pick<Service, 'host' | 'name' | 'namespace'>): boolean {
  return host.startsWith(`${name}.${namespace}.svc.`);
}
