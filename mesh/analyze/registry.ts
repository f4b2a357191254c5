import { isIP } from 'node:net';
import { ofKind, type Resource, type Service, type ServiceEntry } from '#mesh/schema/resource.ts';

/** A host that requests can be routed to. */
export interface RegistryHost {
  readonly host: string;
  readonly resource: Service | ServiceEntry;
  readonly ports: readonly { readonly number: number; readonly name?: string }[];
}

/**
 * Istio's rule for host names: one without a dot means the service of that name in the resource's own namespace; any
 * other is taken as it stands. So `reviews.prod` is not a service of namespace prod, as it would be in DNS.
 */
export function fullHost(host: string, namespace: string): string {
  return host.includes('.') || host.startsWith('*') || isIP(host) !== 0 ? host : serviceHost(host, namespace);
}

export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** Everything that Services and ServiceEntries declare. */
export class Registry {
  readonly hosts: ReadonlyMap<string, RegistryHost>;
  readonly #wildcards: readonly RegistryHost[];

  constructor(resources: readonly Resource[]) {
    const all = [
      ...ofKind(resources, 'Service').map(fromService),
      ...ofKind(resources, 'ServiceEntry').flatMap(fromServiceEntry),
    ];
    this.hosts = new Map(all.map((entry) => [entry.host, entry]));
    this.#wildcards = all.filter(({ host }) => host.startsWith('*'));
  }

  /** By full host name; a ServiceEntry with a wildcard covers the hosts below it. */
  find(host: string): RegistryHost | undefined {
    return this.hosts.get(host) ?? this.#wildcards.find((entry) => covers(entry.host, host));
  }

  /** How a resource in `namespace` may write the known hosts: short names of its own services, full names of others. */
  namesFor(namespace: string): readonly string[] {
    return [...this.hosts.values()].map(({ host, resource }) => {
      const own = resource.kind === 'Service' && resource.metadata.namespace === namespace;
      return own ? resource.metadata.name : host;
    });
  }
}

/** Whether a host pattern (`*`, `*.example.com`, `api.example.com`) takes in a host. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*') && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** Whether two host patterns have a host in common. */
export function overlaps(left: string, right: string): boolean {
  return covers(left, right) || covers(right, left);
}

function fromService(resource: Service): RegistryHost {
  const { name, namespace } = resource.metadata;
  const ports = resource.spec.ports.map((port) => ({
    number: port.port,
    ...(port.name === undefined ? {} : { name: port.name }),
  }));
  return { host: serviceHost(name, namespace), resource, ports };
}

function fromServiceEntry(resource: ServiceEntry): readonly RegistryHost[] {
  return resource.spec.hosts.map((host) => ({ host, resource, ports: resource.spec.ports }));
}
