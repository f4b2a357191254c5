import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { ofKind, type Resource, type ResourceOf } from '#mesh/istiod/config/schema/resource.ts';

/** Kubernetes' default `--service-node-port-range`. */
const FIRST = 30000;
const COUNT = 2768;

/** The NodePort of a Service's port, by `nodePortKey`. */
export type NodePorts = ReadonlyMap<string, number>;

export function nodePortKey(host: string, port: number): string {
  return `${host}:${port}`;
}

/**
 * The NodePorts of all Services: those that they declare, and for a Service of type NodePort that declares none one that is
 * made up, as Kubernetes does. One that has become a ClusterIP again gives up its NodePorts. A hash of the host and the port keeps it the same from run to run.
 */
export function nodePortsOf(resources: readonly Resource[]): NodePorts {
  const services = ofKind(resources, 'Service').filter(({ spec }) => spec.type !== 'ClusterIP');
  const declared = services.flatMap(portsOf).flatMap(({ nodePort }) => nodePort ?? []);
  const taken = new Set(declared);
  const all = services.flatMap((service) =>
    portsOf(service).flatMap(({ key, nodePort }) => {
      const number = nodePort ?? (service.spec.type === 'NodePort' ? freeNodePort(key, taken) : undefined);
      if (number !== undefined) taken.add(number);
      return number === undefined ? [] : [[key, number] as const];
    }),
  );
  return new Map(all);
}

function portsOf({ metadata, spec }: ResourceOf<'Service'>) {
  const host = serviceHost(metadata.name, metadata.namespace);
  return spec.ports.map(({ port, nodePort }) => ({ key: nodePortKey(host, port), nodePort }));
}

/** A NodePort that is not taken: for the same key the same, as long as it is free. */
export function freeNodePort(key: string, taken: ReadonlySet<number>): number {
  let hash = 2166136261; // FNV-1a
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  let port = FIRST + (hash % COUNT);
  while (taken.has(port)) port = FIRST + ((port + 1 - FIRST) % COUNT);
  return port;
}
