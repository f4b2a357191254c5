import { hostNames } from '#mesh/envoy/routes/domains.ts';
import type { TcpService } from '#mesh/model/build/tcp-services.ts';
import { type TcpPorts, tcpPortKey } from '#mesh/model/pod.ts';

export interface HostMapOptions {
  readonly services: readonly TcpService[];
  readonly ports: TcpPorts;
  /** The pod's, from which short names are understood. */
  readonly namespace: string;
}

/**
 * The variable HOST_MAP: where on this machine a pod's connections to services have to go, by each name and address that
 * it may use (`redis:6379=127.0.0.1:24117,…`). Empty when there are none.
 */
export function hostMap({ services, ports, namespace }: HostMapOptions): string {
  const places = new Map<string, number>();
  for (const { service, port } of services) {
    const local = ports[tcpPortKey(service.host, port.number)];
    const names = hostNames(service, namespace).filter((name) => !name.endsWith('.'));
    for (const name of local === undefined ? [] : names) {
      const declared = `${name}:${port.number}`;
      if (local !== undefined && !places.has(declared)) places.set(declared, local);
    }
  }
  return [...places].map(([declared, local]) => `${declared}=127.0.0.1:${local}`).join(',');
}
